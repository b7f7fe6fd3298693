// A tap on the map fills lon, lat, accuracy, datum and how the point was taken of the form that the map stands in.
// Two pixels of the drawing are what a finger can aim at; that is the accuracy written down.
const METRES = 111195;

function spot(svg, event) {
  const box = svg.getBoundingClientRect();
  const { width } = svg.viewBox.baseVal;
  const ratio = width / box.width;
  return { x: (event.clientX - box.left) * ratio, y: (event.clientY - box.top) * ratio, ratio };
}

function tap(svg, event) {
  const { west, north, squeeze, scale, margin } = Object.fromEntries(Object.entries(svg.dataset).map(([name, text]) => [name, Number(text)]));
  const { x, y, ratio } = spot(svg, event);
  const fields = svg.closest("form").elements;
  fields.namedItem("lon").value = (west + (x - margin) / (squeeze * scale)).toFixed(6);
  fields.namedItem("lat").value = (north - (y - margin) / scale).toFixed(6);
  fields.namedItem("accuracy").value = Math.max(1, Math.round((2 * ratio * METRES) / scale));
  fields.namedItem("datum").value = "WGS-84";
  fields.namedItem("taken_how").value = "map_tap";
  svg.querySelector("[data-nx-mark]").setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
}

for (const svg of document.querySelectorAll("svg[data-nx-tap]")) {
  svg.addEventListener("click", (event) => tap(svg, event));
}
for (const button of document.querySelectorAll("[data-nx-locate]")) {
  button.addEventListener("click", () => { button.closest("form").elements.namedItem("taken_how").value = "officer_position"; });
}
