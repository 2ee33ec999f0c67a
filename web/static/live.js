// Live pages: hears what was touched, fetches its own page again, changes what differs.

const QUIET_MS = 1200;
const POLL_MS = 1500;
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
    const [what, id] = part.dataset.topic.split(":");
    return what === "all" || touched[`${what}s`]?.includes(id);
  });
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, QUIET_MS);
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
    if (!next || region.contains(document.activeElement) && region !== document.activeElement) continue;
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
