// Calls by the hour, as uPlot draws them; the sentence beside it says the same.

const assets = document.body.dataset.assets;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
let drawn, watched;

export async function draw(place) {
  let uPlot;
  try {
    uPlot = (await import(`/static/vendor/uplot.js?v=${assets}`)).default;
  } catch {
    return;
  }
  const { hours, made, reached } = JSON.parse(place.dataset.chart);
  drawn?.destroy();
  place.replaceChildren();
  const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  const day = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric" });
  // A day is named where it begins, hours otherwise.
  const told = (_, splits) => splits.map((at) => {
    const then = new Date(at * 1000);
    return then.getHours() === 0 ? day.format(then) : hour.format(then);
  });
  const bars = uPlot.paths.bars({ size: [0.72, 14], radius: 0.25 });
  const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "11px system-ui" };
  const series = (label, fill) => ({ label, fill, stroke: fill, width: 0, paths: bars, points: { show: false } });
  drawn = new uPlot(
    {
      width: place.clientWidth,
      height: 170,
      padding: [8, 4, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: { y: { range: (_, low, high) => [0, Math.max(high, 5) * 1.05] } },
      axes: [{ ...axis, grid: { show: false }, values: told }, { ...axis, size: 34 }],
      series: [{}, series("placed", colour("--line-strong")), series("reached", colour("--accent"))],
    },
    [hours, made, reached],
    place,
  );
  watched?.disconnect();
  watched = new ResizeObserver(() => drawn.setSize({ width: place.clientWidth, height: 170 }));
  watched.observe(place);
  document.addEventListener("themed", () => draw(place), { once: true });
}
