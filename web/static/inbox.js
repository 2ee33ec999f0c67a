// The inbox: who is typing, how long the window is open, drafts and replies put into the composer.

const TELL_MS = 3000;
const SHOWN_MS = 6000;
const kept = new Map();
const page = () => document.querySelector("[data-inbox]");
const talk = () => page()?.dataset.inbox ?? "";
const reply = () => document.querySelector("[data-reply]");
const token = () => document.querySelector("#talk-composer input[name=csrf]")?.value ?? "";
const post = (deed) => fetch(`/inbox/${talk()}/${deed}`, { method: "POST", headers: { "X-CSRF-Token": token() } });

let told = 0, forget, sent = "";

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-reply]")) return;
  kept.set(talk(), event.target.value);
  if (Date.now() - told < TELL_MS) return;
  told = Date.now();
  post("typing").catch(() => {});
});

document.addEventListener("typing", (event) => {
  const { conversation, user, name } = event.detail;
  const place = document.getElementById("talk-typing");
  if (!place || conversation !== talk() || user === page().dataset.user) return;
  place.textContent = `${name} is typing`;
  clearTimeout(forget);
  forget = setTimeout(() => { place.textContent = ""; }, SHOWN_MS);
});

function insert(text) {
  const field = reply();
  if (!field) return;
  const before = field.value.trim() ? `${field.value.replace(/\s+$/, "")}\n` : "";
  field.value = (before + text).slice(0, field.maxLength);
  kept.set(talk(), field.value);
  field.focus();
}

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-canned]") || !event.target.value) return;
  insert(event.target.value);
  event.target.value = "";
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-draft]");
  if (!button) return;
  const [asked, problem] = [talk(), document.getElementById("draft-problem")];
  button.disabled = true;
  problem.textContent = "";
  try {
    const answer = await post("draft");
    const said = await answer.json();
    // Whoever has gone on to another conversation wants no words of this one there.
    if (asked !== talk()) return;
    if (answer.ok) insert(said.text);
    else problem.textContent = said.error;
  } catch {
    problem.textContent = "No draft came. Write it yourself, or try again.";
  } finally {
    button.disabled = false;
  }
});

document.addEventListener("keydown", (event) => {
  // Who has left the field is not put back into it by the page that the answer draws.
  if (event.key === "Escape") sent = "";
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("[data-reply]")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-write]")) sent = talk();
});

// What was typed and not sent is there when one comes back to it.
export function begin() {
  const field = reply();
  if (sent && sent === talk() && !document.querySelector(".toast.refused")) {
    kept.delete(sent);
    field?.focus();
  }
  sent = "";
  if (field && !field.value) field.value = kept.get(talk()) ?? "";
  count();
}

// The window

const opened = { now: "", at: 0 };

function count() {
  const now = document.body.dataset.now;
  if (now !== opened.now) Object.assign(opened, { now, at: performance.now() });
  const chip = document.querySelector("[data-until]");
  if (!chip) return;
  const left = new Date(chip.dataset.until) - new Date(now) - (performance.now() - opened.at);
  const minutes = Math.max(0, Math.floor(left / 60000));
  const words = minutes >= 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes} min`;
  chip.textContent = `${words} left to write`;
  if (left <= 30000) document.dispatchEvent(new Event("stale"));
}

setInterval(count, 10000);
