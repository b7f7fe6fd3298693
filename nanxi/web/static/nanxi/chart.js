// A figure that the server drew becomes an ECharts picture where that library is there; the drawing stays for print and without it.
// The figure holds its data as JSON in words of the page's language; a room's module says what picture they make. Keys: the arrows
// go from part to part and read it out, Enter opens it, Escape lets go.
const STYLES = ["ink", "soft", "line", "card", "danger", "warn", "quiet", "lead", "focus"];

export function draw(kind, pictureOf) {
  if (!window.echarts) return;
  for (const figure of document.querySelectorAll(`[data-nx-chart="${kind}"]`)) begin(figure, pictureOf);
}

// The theme's own colours; ECharts takes no CSS variables.
function colours() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(STYLES.map((name) => [name, style.getPropertyValue(`--nx-${name}`).trim()]));
}

function begin(figure, pictureOf) {
  const data = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
  const plain = figure.querySelector(".nx-chart-plain");
  const stage = document.createElement("div");
  const said = document.createElement("p");
  Object.assign(stage, { className: "nx-chart-stage", tabIndex: 0, role: "group", ariaLabel: figure.dataset.nxName });
  Object.assign(said, { className: "visually-hidden", role: "status" });
  const canvas = document.createElement("div");
  stage.append(canvas);
  plain.before(stage, said);
  plain.hidden = true;
  const shown = { chart: null, parts: [], width: 0, at: -1 };

  function redraw() {
    const style = colours();
    const room = stage.clientWidth;
    const picture = pictureOf(data, style, room);
    canvas.style.width = `${picture.width ?? room}px`;
    canvas.style.height = `${picture.height}px`;
    shown.chart?.dispose();
    shown.chart = window.echarts.init(canvas, null, { renderer: "svg" });
    shown.chart.setOption({ animation: false, useUTC: true, textStyle: { color: style.ink, fontFamily: "inherit" }, ...picture.option, tooltip: tip(style) });
    shown.chart.on("click", (event) => open(event.data?.address));
    Object.assign(shown, { parts: picture.parts, width: room, at: -1 });
  }

  stage.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step && shown.parts.length) {
      event.preventDefault();
      go(shown, (shown.at + step + shown.parts.length) % shown.parts.length, said);
    } else if (event.key === "Enter" && shown.at >= 0) open(shown.parts[shown.at].address);
    else if (event.key === "Escape") leave(shown);
  });
  stage.addEventListener("blur", () => leave(shown));
  redraw();
  new ResizeObserver(() => { if (stage.clientWidth && stage.clientWidth !== shown.width) redraw(); }).observe(stage);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-bs-theme", "data-nx-type"] });
}

function open(address) {
  if (address) window.location.assign(address);
}

function go(shown, at, said) {
  leave(shown);
  shown.at = at;
  const part = shown.parts[at];
  part.reveal?.(shown.chart);
  for (const type of ["highlight", "showTip"]) shown.chart.dispatchAction({ type, ...part.where });
  said.textContent = part.lines.join(". ");
}

function leave(shown) {
  if (shown.at < 0) return;
  shown.chart.dispatchAction({ type: "downplay", ...shown.parts[shown.at].where });
  shown.chart.dispatchAction({ type: "hideTip" });
  shown.at = -1;
}

// Made of nodes and never of markup: what stands in it was written by people.
function tip(style) {
  return {
    trigger: "item", confine: true, backgroundColor: style.card, borderColor: style.line, textStyle: { color: style.ink, fontSize: 13 },
    extraCssText: "max-width: min(22rem, 80vw); white-space: normal; overflow-wrap: anywhere;",
    formatter: ({ data }) => {
      if (!data?.lines) return "";
      const box = document.createElement("div");
      for (const line of data.lines) box.append(Object.assign(document.createElement("div"), { textContent: line }));
      return box;
    },
  };
}
