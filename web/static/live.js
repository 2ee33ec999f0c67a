// Live pages: hears what was touched, fetches its own page again, changes what differs.

const QUIET_MS = 1200;
const POLL_MS = 1500;
const QUICK_MS = 200;
const csrf = /name="csrf" value="[^"]*"/g;
const plain = (html) => html.replace(csrf, "");
const served = new Map();

let source, waiting, busy = false, tools = {};

export const live = {
  // What the server sent, before times were told on the viewer's clock.
  remember() {
    served.clear();
    for (const region of document.querySelectorAll("[data-live]")) {
      served.set(region.id, plain(region.innerHTML));
    }
    say(source?.readyState === 1 ? "live" : "away");
  },
  start(given) {
    tools = given;
    if (!document.querySelector("[data-now]") || !window.EventSource) return;
    source = new EventSource(`/live?since=${document.body.dataset.cursor ?? ""}`);
    source.addEventListener("open", () => say("live"));
    source.addEventListener("error", () => say("away"));
    source.addEventListener("missed", () => soon());
    source.addEventListener("touched", (event) => {
      if (concerns(JSON.parse(event.data))) soon();
    });
    source.addEventListener("typing", (event) => {
      document.dispatchEvent(new CustomEvent("typing", { detail: JSON.parse(event.data) }));
    });
    document.addEventListener("stale", () => soon());
    addEventListener("pagehide", () => source.close());
    // What goes on beside the events, such as an import, is asked about while it does.
    setInterval(() => { if (document.querySelector("[data-busy]")) refresh(); }, POLL_MS);
  },
};

function say(state) {
  const place = document.getElementById("connection");
  if (!place) return;
  place.dataset.state = state;
  place.textContent = { live: "live", away: "connecting again", paused: "paused" }[state];
}

function concerns(touched) {
  return [...document.querySelectorAll("[data-topic]")].some((part) => {
    return part.dataset.topic.split(" ").some((topic) => {
      const [what, id] = topic.split(":");
      // A kind is named by its beginning: "message" is every happening of a message.
      if (what === "kind") return touched.kinds?.some((kind) => kind === id || kind.startsWith(`${id}.`));
      return what === "all" || touched[`${what}s`]?.includes(id);
    });
  });
}

// The first word decides when: under a steady stream of news waiting for a pause would be for ever.
function soon() {
  waiting ??= setTimeout(() => { waiting = undefined; refresh(); },
    document.querySelector("[data-quick]") ? QUICK_MS : QUIET_MS);
}

async function refresh() {
  if (busy || document.querySelector("dialog[open]")) return soon();
  busy = true;
  try {
    const address = location.href;
    const answer = await fetch(address, { headers: { "X-Live": "1" } });
    if (answer.ok && !answer.redirected && address === location.href) {
      change(new DOMParser().parseFromString(await answer.text(), "text/html"));
    }
  } catch {
    say("away");
  } finally {
    busy = false;
  }
}

function change(fresh) {
  document.body.dataset.now = fresh.body.dataset.now;
  const banners = fresh.getElementById("banners");
  const shown = document.getElementById("banners");
  if (banners && shown && banners.textContent !== shown.textContent) swap(shown, banners);
  for (const region of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(region.id);
    if (!next) continue;
    if (region.dataset.mode !== undefined) {
      // A form that is filled in stays as it is, until it may not be sent any more.
      if (region.dataset.mode === next.dataset.mode) continue;
      region.dataset.mode = next.dataset.mode;
      served.set(region.id, plain(next.innerHTML));
      swap(region, next);
      continue;
    }
    const active = region.contains(document.activeElement) ? document.activeElement : null;
    const row = active?.matches(".row-link") ? active.getAttribute("href") : null;
    if (active && active !== region && row === null) continue;
    if (region.matches("[data-calm]:hover")) {
      say("paused");
      region.addEventListener("mouseleave", () => { say("live"); soon(); }, { once: true });
      continue;
    }
    const html = plain(next.innerHTML);
    if (html === served.get(region.id)) continue;
    served.set(region.id, html);
    const known = new Set([...region.querySelectorAll("[data-key]")].map((row) => row.dataset.key));
    const at = region.scrollTop;
    swap(region, next);
    region.scrollTop = at;
    if (row !== null) [...region.querySelectorAll(".row-link")].find((link) => link.getAttribute("href") === row)?.focus();
    if (!known.size) continue;
    for (const row of region.querySelectorAll("[data-key]")) {
      if (!known.has(row.dataset.key)) row.classList.add("fresh");
    }
  }
}

function swap(region, next) {
  region.replaceChildren(...[...next.childNodes].map((node) => document.adoptNode(node)));
  window.htmx?.process(region);
  tools.tellTimes(region);
  const chart = region.querySelector("[data-chart]");
  if (chart) import(`./chart.js?v=${document.body.dataset.assets}`).then((it) => it.draw(chart));
}
