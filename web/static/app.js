// What every page does: times on the viewer's clock, dialogs, keys, live changes, the palette.

import { offerPalette } from "./palette.js";
import { live } from "./live.js";

const assets = () => document.body.dataset.assets ?? "";
const one = (selector, from = document) => from.querySelector(selector);
const all = (selector, from = document) => [...from.querySelectorAll(selector)];

offerPalette();

// Times

const day = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const seconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export function tellTimes(from = document) {
  // Of the business: the server says what time it is there, for a simulated world has its own.
  const today = day.format(new Date(document.body.dataset.now ?? Date.now()));
  for (const time of all("time[datetime]", from)) {
    const at = new Date(time.dateTime);
    const isToday = day.format(at) === today;
    const style = time.dataset.style;
    time.title = `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
    if (style === "full") time.textContent = whole.format(at);
    else if (style === "day") time.textContent = day.format(at);
    else if (isToday) time.textContent = (style === "clock" ? seconds : clock).format(at);
    else time.textContent = `${day.format(at)}, ${clock.format(at)}`;
  }
}

// Dialogs and what closes by itself

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) openDialog(opener.dataset.opens);
  const closer = event.target.closest("[data-closes]");
  if (closer) {
    const dialog = closer.closest("dialog");
    if (dialog) dialog.close();
    else closer.closest(".toast")?.remove();
  }
  if (event.target instanceof HTMLDialogElement) event.target.close();
  if (event.target.closest("[data-theme-switch]")) switchTheme();
});

export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  dialog.showModal();
  one("[data-first]", dialog)?.focus();
  dialog.dispatchEvent(new Event("opened"));
}

function switchTheme() {
  const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", theme);
  document.documentElement.dataset.theme = theme;
  document.dispatchEvent(new Event("themed"));
}

document.addEventListener("submit", (event) => {
  event.target.closest("dialog")?.close();
});

// A line of a document that something is said about; Ctrl Enter looks at the document.

document.addEventListener("click", (event) => {
  const place = event.target.closest("[data-line]");
  const code = one("[data-code]");
  if (place && code) goToLine(code, Number(place.dataset.line));
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches?.("[data-code]")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});

function goToLine(code, number) {
  const lines = code.value.split("\n");
  const from = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
  code.focus();
  code.setSelectionRange(from, from + (lines[number - 1] ?? "").length);
  code.scrollTop = (number - 4) * parseFloat(getComputedStyle(code).lineHeight);
}

// Filters take effect when they are chosen; words a moment after they are typed.

let typing;
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (form && event.target.matches("select")) form.requestSubmit();
});
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (!form || !event.target.matches("[data-search]")) return;
  clearTimeout(typing);
  typing = setTimeout(() => form.requestSubmit(), 350);
});

// Keys

const GO = { h: "/", l: "/leads", c: "/campaigns", i: "/inbox", o: "/companies", p: "/contacts" };
let awaitsPlace = 0;

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openDialog("palette");
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (Date.now() - awaitsPlace < 1200 && GO[event.key]) {
    awaitsPlace = 0;
    visit(GO[event.key]);
    return;
  }
  const deed = DEEDS[event.key];
  if (deed && deed() !== false) event.preventDefault();
});

const DEEDS = {
  g: () => { awaitsPlace = Date.now(); },
  "/": () => focusOn("[data-search]"),
  n: () => focusOn("[data-note]"),
  "?": () => openDialog("help"),
  r: () => one("[data-reply]")?.focus() ?? !!one("[data-reply]"),
  e: () => one("[data-resolve]")?.requestSubmit() ?? !!one("[data-resolve]"),
  j: () => step(1),
  k: () => step(-1),
};

function focusOn(selector) {
  const found = one(selector);
  if (!found) return false;
  found.focus();
  found.select?.();
  return true;
}

function step(by) {
  const links = all(".row-link");
  if (!links.length) return false;
  const at = links.indexOf(document.activeElement);
  links[at < 0 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1)].focus();
  return true;
}

export function visit(to) {
  const link = document.createElement("a");
  link.href = to;
  document.body.append(link);
  window.htmx?.process(link);
  link.click();
  link.remove();
}

// What a page brings with it

async function begin() {
  live.remember();
  tellTimes();
  const chart = one("[data-chart]");
  if (chart) (await import(`./chart.js?v=${assets()}`)).draw(chart);
  const player = one("[data-player]");
  if (player) (await import(`./player.js?v=${assets()}`)).play(player);
  if (one("[data-inbox]")) (await import(`./inbox.js?v=${assets()}`)).begin();
}

live.start({ tellTimes, redraw: begin });
begin();
// Words that were typed before the list was swapped are typed on.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id !== "main" && event.target?.id !== "main") return;
  begin();
  const search = one("[data-search]");
  if (search?.value && !document.activeElement?.matches("input, textarea")) {
    if (new URLSearchParams(location.search).has("q")) {
      search.focus();
      search.setSelectionRange(search.value.length, search.value.length);
    }
  }
});
setInterval(() => {
  for (const toast of all(".toast.done:not(:hover)")) {
    if (toast.dataset.seen) toast.remove();
    toast.dataset.seen = "yes";
  }
}, 6000);
