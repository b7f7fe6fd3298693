// The two pictures of a case: who infected whom, and when each contact was exposed. The numbers come from the page.
import { draw } from "../nanxi/chart.js";

const ROWS = 24; // bars that are read at a glance; more are a matter of the slider
const LINE = 26;
const DAY = { year: "{MM}-{dd}", month: "{MM}-{dd}", day: "{MM}-{dd}", hour: "{HH}:{mm}", minute: "{HH}:{mm}", second: "{HH}:{mm}" };

function chain(data, style) {
  const nodes = data.nodes.map((one) => ({
    name: one.name, value: [one.x, one.y], lines: one.lines, address: one.address, symbolSize: 36,
    itemStyle: { color: style[one.tone] ?? style.warn, borderColor: style.ink, borderWidth: one.here ? 3 : 0 },
    label: { fontWeight: one.here ? "bold" : "normal" },
  }));
  const links = data.links.map((one) => ({ source: one.source, target: one.target, lines: one.lines }));
  const hidden = { type: "value", show: false, min: 0 };
  const series = {
    type: "graph", coordinateSystem: "cartesian2d", data: nodes, links, edgeSymbol: ["none", "arrow"], edgeSymbolSize: 9,
    lineStyle: { color: style.soft, width: 2, opacity: 0.8 }, label: { show: true, position: "bottom", color: style.ink, fontSize: 13 },
    emphasis: { focus: "adjacency" }, cursor: "pointer",
  };
  return {
    width: data.width, height: data.height,
    option: {
      grid: { left: 0, right: 0, top: 0, bottom: 0 },
      xAxis: { ...hidden, max: data.width }, yAxis: { ...hidden, max: data.height, inverse: true }, series: [series],
    },
    parts: data.nodes.map((one, n) => ({ lines: one.lines, address: one.address, where: { seriesIndex: 0, dataIndex: n } })),
  };
}

// The thin line runs from first to last exposure, the thick pieces are the meetings on it.
function bar(rows, colour) {
  return (view, api) => {
    const row = rows[api.value(2)];
    const at = ([from, until], high, opacity) => {
      const [x, y] = api.coord([from, api.value(2)]);
      const wide = Math.max(4, api.coord([until, api.value(2)])[0] - x);
      const shape = window.echarts.graphic.clipRectByRect({ x, y: y - high / 2, width: wide, height: high }, view.coordSys);
      return shape && { type: "rect", shape: { ...shape, r: 2 }, style: { fill: colour(row), opacity } };
    };
    const pieces = [at([row.first, row.last], 5, 0.45), ...row.meets.map((one) => at(one, 15, 0.95))];
    return { type: "group", children: pieces.filter(Boolean) };
  };
}

function timeline(data, style, room) {
  const { rows } = data;
  const few = rows.length <= ROWS;
  const narrow = room < 560;
  const colour = (row) => style[row.tone] ?? style.quiet;
  const marks = {
    type: "line", data: [], silent: true,
    markArea: { itemStyle: { color: style.danger, opacity: 0.1 }, label: { show: false }, data: [[{ xAxis: data.band[0] }, { xAxis: data.band[1] }]] },
    markLine: data.onset === null ? undefined : {
      symbol: "none", lineStyle: { color: style.danger, width: 2, type: "dashed" }, data: [{ xAxis: data.onset }],
      label: { formatter: data.words.onset, color: style.ink, position: "end" },
    },
  };
  const bars = {
    type: "custom", renderItem: bar(rows, colour), encode: { x: [0, 1], y: 2 }, clip: true,
    data: rows.map((row, n) => ({ value: [row.first, row.last, n], lines: [row.label, ...row.lines] })),
  };
  const slider = { type: "slider", showDetail: false, brushSelect: false, borderColor: style.line, filterMode: "none" };
  const sliders = [{ ...slider, xAxisIndex: 0, height: 16, bottom: 6 }];
  if (!few) sliders.push({ ...slider, yAxisIndex: 0, width: 14, right: 4, startValue: 0, endValue: ROWS - 1, zoomLock: true });
  const reveal = (n) => (chart) => {
    const from = Math.min(Math.max(0, n - ROWS / 2), rows.length - ROWS);
    if (!few) chart.dispatchAction({ type: "dataZoom", dataZoomIndex: 1, startValue: from, endValue: from + ROWS - 1 });
  };
  return {
    height: 86 + LINE * Math.min(rows.length, ROWS),
    option: {
      grid: { left: narrow ? 92 : 190, right: few ? 24 : 34, top: 40, bottom: 46 },
      xAxis: {
        type: "time", position: "top", min: data.from, max: data.until, splitLine: { show: true, lineStyle: { color: style.line } },
        axisLabel: { color: style.ink, fontSize: 12, formatter: DAY, hideOverlap: true }, axisLine: { lineStyle: { color: style.soft } },
        splitNumber: narrow ? 3 : 8, minInterval: narrow ? (data.until - data.from) / 3 : 0,
      },
      yAxis: {
        type: "category", inverse: true, data: rows.map((row) => row.label), axisTick: { show: false }, axisLine: { lineStyle: { color: style.soft } },
        axisLabel: { color: style.ink, width: narrow ? 82 : 176, overflow: "truncate", interval: 0 },
      },
      dataZoom: sliders, series: [bars, marks],
    },
    parts: rows.map((row, n) => ({ lines: [row.label, ...row.lines], where: { seriesIndex: 0, dataIndex: n }, reveal: reveal(n) })),
  };
}

draw("chain", chain);
draw("timeline", timeline);
