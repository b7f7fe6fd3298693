// Draws the outline of an area corner by corner, on MapLibre's map or on the page's own drawing, and writes it as GeoJSON
// into the form. What is drawn here is WGS-84, as the shapes below it are.
import { collection, feature, lay } from "./ground.js";

const KM = 111.195;
const figure = document.querySelector("figure.nx-map");
const tools = document.querySelector("[data-nx-draw]");

function size(ring) {
  const squeeze = Math.cos((ring[0][1] * Math.PI) / 180) * KM * KM;
  const twice = ring.reduce((sum, [x, y], at) => {
    const [x1, y1] = ring[(at + 1) % ring.length];
    return sum + (x - ring[0][0]) * (y1 - ring[0][1]) - (x1 - ring[0][0]) * (y - ring[0][1]);
  }, 0);
  return Math.abs((twice / 2) * squeeze);
}

class Outline {
  constructor(form) {
    this.form = form;
    this.ring = [];
    this.shows = [];
  }

  add(lon, lat) { this.ring.push([Number(lon.toFixed(6)), Number(lat.toFixed(6))]); this.tell(); }

  undo() { this.ring.pop(); this.tell(); }

  clear() { this.ring = []; this.tell(); }

  get polygon() { return { type: "Polygon", coordinates: [[...this.ring, this.ring[0]]] }; }

  tell() {
    const whole = this.ring.length >= 3;
    const { elements } = this.form;
    elements.namedItem("outline").value = whole ? JSON.stringify(this.polygon) : "";
    elements.namedItem("datum").value = "WGS-84";
    const { none, few, done } = tools.dataset;
    const text = whole ? done.replace("*", size(this.ring).toFixed(2)) : this.ring.length ? few : none;
    document.querySelector("[data-nx-drawn]").textContent = text.replace("#", String(this.ring.length));
    for (const show of this.shows) show();
  }
}

function onDrawing(svg, outline) {
  const { west, north, squeeze, scale, margin } = Object.fromEntries(Object.entries(svg.dataset).map(([name, text]) => [name, Number(text)]));
  const path = svg.querySelector("[data-nx-corners] path");
  const place = ([lon, lat]) => `${(margin + (lon - west) * squeeze * scale).toFixed(1)},${(margin + (north - lat) * scale).toFixed(1)}`;
  outline.shows.push(() => {
    const dot = outline.ring.map((corner) => `M${place(corner)}m-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0`).join("");
    path.setAttribute("d", outline.ring.length ? `M${outline.ring.map(place).join("L")}Z${dot}` : "");
  });
  svg.addEventListener("click", (event) => {
    const box = svg.getBoundingClientRect();
    const ratio = svg.viewBox.baseVal.width / box.width;
    const [x, y] = [(event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio];
    outline.add(west + (x - margin) / (squeeze * scale), north - (y - margin) / scale);
  });
}

function onMap({ map }, outline) {
  const cross = document.createElement("div");
  cross.className = "nx-cross";
  map.getContainer().append(cross);
  map.on("click", ({ lngLat }) => outline.add(lngLat.lng, lngLat.lat));
  outline.shows.push(() => {
    const { ring } = outline;
    const shape = ring.length >= 3 ? outline.polygon : { type: "LineString", coordinates: ring };
    map.getSource("drawn").setData(collection(ring.length >= 2 ? [feature(shape)] : []));
    map.getSource("corners").setData(collection(ring.map((corner) => feature({ type: "Point", coordinates: corner }))));
  });
  const add = tools.querySelector("[data-nx-add]");
  add.hidden = false;
  add.addEventListener("click", () => { const { lng, lat } = map.getCenter(); outline.add(lng, lat); });
}

if (figure && tools) {
  const outline = new Outline(tools.closest("form"));
  const kept = tools.closest("form").elements.namedItem("outline").value;
  onDrawing(figure.querySelector("svg"), outline);
  tools.hidden = false;
  tools.querySelector("[data-nx-undo]").addEventListener("click", () => outline.undo());
  tools.querySelector("[data-nx-clear]").addEventListener("click", () => outline.clear());
  lay(figure).then((laid) => {
    if (laid) onMap(laid, outline);
    try {
      // What was drawn before the form came back with a sentence.
      const { type, coordinates } = JSON.parse(kept);
      if (type === "Polygon") { outline.ring = coordinates[0].slice(0, -1); outline.tell(); }
    } catch { /* nothing drawn yet */ }
  });
}
