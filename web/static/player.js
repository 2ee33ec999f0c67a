// The call player: two lanes, the transcript that follows, and words that lead to their moment.

const assets = document.body.dataset.assets;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const told = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
let ended = () => {};

export async function play(card) {
  ended();
  const gone = new AbortController();
  ended = () => gone.abort();
  const audio = card.querySelector("[data-audio]");
  const part = (name) => card.querySelector(`[data-${name}]`);
  const turns = [...document.querySelectorAll("[data-turn]")].map((element) => ({
    element, start: Number(element.dataset.start), end: Number(element.dataset.end),
  }));
  const duration = Number(card.dataset.duration);
  const on = (target, name, act) => target.addEventListener(name, act, { signal: gone.signal });

  const seek = (to) => {
    audio.currentTime = Math.min(Math.max(to, 0), duration || Infinity);
    told_();
  };
  const toggle = () => (audio.paused ? audio.play() : audio.pause());
  let current = null;

  function told_() {
    const now = audio.currentTime;
    card.dataset.currentTime = now.toFixed(2);
    part("time").textContent = `${told(now)} / ${told(duration)}`;
    const spoken = turns.findLast((turn) => turn.start <= now + 0.05);
    const next = spoken && now <= Math.max(spoken.end, spoken.start + 1) + 0.6 ? spoken : null;
    if (next === current) return;
    current?.element.removeAttribute("aria-current");
    next?.element.setAttribute("aria-current", "true");
    current = next;
    if (next && part("follow").checked && !audio.paused) {
      next.element.scrollIntoView({ block: "nearest", behavior: "smooth" });
    }
  }

  function skipSilence() {
    if (!part("silence").checked || audio.paused) return;
    const now = audio.currentTime;
    if (turns.some((turn) => now >= turn.start - 0.25 && now <= turn.end + 0.35)) return;
    const next = turns.find((turn) => turn.start - 0.25 > now);
    if (next && next.start - now > 1) seek(next.start - 0.2);
  }

  const icon = (name) => part("play").querySelector("use")
    .setAttribute("href", `/static/icons.svg?v=${assets}#i-${name}`);
  on(audio, "play", () => { card.dataset.state = "playing"; icon("pause"); part("play").ariaLabel = "Pause"; });
  on(audio, "pause", () => { card.dataset.state = "paused"; icon("play"); part("play").ariaLabel = "Play"; });
  on(audio, "timeupdate", () => { told_(); skipSilence(); });
  on(part("play"), "click", toggle);
  on(part("speed"), "change", (event) => { audio.playbackRate = Number(event.target.value); });
  on(part("copy"), "click", async () => {
    const link = `${location.origin}${location.pathname}?t=${audio.currentTime.toFixed(1)}`;
    await navigator.clipboard.writeText(link);
    part("copy").lastChild.textContent = "Copied";
  });
  on(card, "click", (event) => {
    const skip = event.target.closest("[data-skip]");
    if (skip) seek(audio.currentTime + Number(skip.dataset.skip));
  });
  on(document, "click", (event) => {
    const turn = event.target.closest("[data-turn]");
    if (turn) seek(Number(turn.dataset.start));
    const chip = event.target.closest("[data-jump]");
    const proof = chip && document.getElementById(`turn-${chip.dataset.jump}`);
    if (!proof) return;
    seek(Number(proof.dataset.start));
    proof.scrollIntoView({ block: "center", behavior: "smooth" });
    proof.classList.remove("jumped");
    requestAnimationFrame(() => proof.classList.add("jumped"));
  });
  on(document, "keydown", (event) => {
    if (event.target.closest("input, textarea, select, dialog") || event.ctrlKey || event.metaKey) return;
    if (event.key === " " && !event.target.closest("button, a")) toggle();
    else if (event.key === "ArrowLeft") seek(audio.currentTime - 5);
    else if (event.key === "ArrowRight") seek(audio.currentTime + 5);
    else return;
    event.preventDefault();
  });

  await drawLanes(card, audio, duration, gone.signal);
  audio.controls = false;
  part("controls").hidden = false;
  card.dataset.state = "ready";
  const asked = new URLSearchParams(location.search).get("t");
  if (asked !== null && Number.isFinite(Number(asked))) seek(Number(asked));
}

async function drawLanes(card, audio, duration, signal) {
  let WaveSurfer;
  try {
    WaveSurfer = (await import(`/static/vendor/wavesurfer.js?v=${assets}`)).default;
  } catch {
    card.querySelector(".lanes").hidden = true;
    return;
  }
  const place = card.querySelector("[data-wave]");
  const peaks = JSON.parse(card.dataset.peaks);
  const lanes = ["--person", "--agent"].map((name) => ({
    waveColor: `color-mix(in srgb, ${colour(name)} 38%, ${colour("--surface")})`, progressColor: colour(name),
  }));
  const make = () => WaveSurfer.create({
    container: place, media: audio, peaks, duration, height: 52, barWidth: 2, barGap: 1.5, barRadius: 2,
    normalize: true, dragToSeek: true, cursorColor: colour("--ink"), cursorWidth: 1,
    cspNonce: document.body.dataset.nonce,
    splitChannels: peaks.length > 1 ? lanes : undefined,
    ...lanes[peaks.length > 1 ? 0 : 1],
  });
  let waves = make();
  card.querySelector(".lane-names").hidden = peaks.length < 2;
  signal.addEventListener("abort", () => waves.destroy());
  document.addEventListener("themed", () => { waves.destroy(); waves = make(); }, { signal });
}
