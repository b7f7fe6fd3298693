// A map by MapLibre of what the server wrote into data-nx-ground of a figure: shapes of ours only, no tiles, nothing from elsewhere.
// Without WebGL or without the library it answers null and the figure's own drawing stays; on paper the drawing is shown too.
const EARTH = 6371008.8;
const TONES = { inside: "#2f8f5b", unsure: "#b07a10", outside: "#b3261e" };

export const feature = (geometry, properties = {}) => ({ type: "Feature", properties, geometry });
export const collection = (features) => ({ type: "FeatureCollection", features });

export function disc(lon, lat, metres) {
  const dy = (metres / EARTH) * (180 / Math.PI);
  const dx = dy / Math.cos((lat * Math.PI) / 180);
  const ring = Array.from({ length: 65 }, (_, n) => {
    const turn = (n / 64) * 2 * Math.PI;
    return [lon + dx * Math.cos(turn), lat + dy * Math.sin(turn)];
  });
  return { type: "Polygon", coordinates: [ring] };
}

export function corners(geometry) {
  if (!geometry) return [];
  const { type, coordinates } = geometry;
  if (type === "Point") return [coordinates];
  if (type === "LineString") return coordinates;
  return type === "Polygon" ? coordinates.flat() : coordinates.flat(2);
}

function hasWebGL() {
  const canvas = document.createElement("canvas");
  return Boolean(canvas.getContext("webgl2") || canvas.getContext("webgl"));
}

function loadStyle(href) {
  if (document.querySelector(`link[href="${href}"]`)) return;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = href;
  document.head.append(link);
}

function sources(ground) {
  const { town, closed = [], home, spots = [] } = ground;
  const dots = spots.map((spot) => feature({ type: "Point", coordinates: [spot.lon, spot.lat] }, { tone: spot.tone, words: spot.words }));
  const halos = spots.filter((spot) => spot.acc).map((spot) => feature(disc(spot.lon, spot.lat, spot.acc), { tone: spot.tone }));
  const way = spots.length > 1 ? [feature({ type: "LineString", coordinates: spots.map((spot) => [spot.lon, spot.lat]) })] : [];
  return {
    town: collection(town ? [feature(town)] : []),
    closed: collection(closed.map((one) => feature(one))),
    fence: collection(home && home.radius ? [feature(disc(home.lon, home.lat, home.radius))] : []),
    home: collection(home ? [feature({ type: "Point", coordinates: [home.lon, home.lat] })] : []),
    way: collection(way), halos: collection(halos), dots: collection(dots),
    drawn: collection([]), corners: collection([]),
  };
}

function layers(colours) {
  const tone = ["match", ["get", "tone"], "inside", TONES.inside, "outside", TONES.outside, TONES.unsure];
  return [
    { id: "sheet", type: "background", paint: { "background-color": colours.sheet } },
    { id: "town", type: "fill", source: "town", paint: { "fill-color": colours.town, "fill-outline-color": colours.line } },
    { id: "town-edge", type: "line", source: "town", paint: { "line-color": colours.line, "line-width": 1.5 } },
    { id: "closed", type: "fill", source: "closed", paint: { "fill-color": TONES.outside, "fill-opacity": 0.14 } },
    { id: "closed-edge", type: "line", source: "closed", paint: { "line-color": TONES.outside, "line-width": 2 } },
    { id: "fence", type: "line", source: "fence", paint: { "line-color": colours.lead, "line-width": 2, "line-dasharray": [3, 2] } },
    { id: "way", type: "line", source: "way", paint: { "line-color": colours.line, "line-width": 1 } },
    { id: "halos", type: "fill", source: "halos", paint: { "fill-color": tone, "fill-opacity": 0.12 } },
    { id: "halo-edges", type: "line", source: "halos", paint: { "line-color": tone, "line-width": 1, "line-opacity": 0.6 } },
    { id: "home", type: "circle", source: "home", paint: { "circle-radius": 7, "circle-color": colours.lead, "circle-stroke-width": 2, "circle-stroke-color": "#fff" } },
    { id: "dots", type: "circle", source: "dots", paint: { "circle-radius": 4, "circle-color": tone, "circle-stroke-width": 1, "circle-stroke-color": "#fff" } },
    { id: "drawn", type: "fill", source: "drawn", paint: { "fill-color": TONES.outside, "fill-opacity": 0.18 } },
    { id: "drawn-edge", type: "line", source: "drawn", paint: { "line-color": TONES.outside, "line-width": 2 } },
    { id: "corners", type: "circle", source: "corners", paint: { "circle-radius": 5, "circle-color": TONES.outside, "circle-stroke-width": 2, "circle-stroke-color": "#fff" } },
  ];
}

function bounds(ground) {
  const { town, closed = [], home, spots = [] } = ground;
  const near = [...closed.flatMap(corners), ...spots.map((spot) => [spot.lon, spot.lat])];
  if (home) near.push(...corners(disc(home.lon, home.lat, home.radius || 500)));
  const all = near.length ? near : corners(town);
  const lon = all.map((point) => point[0]);
  const lat = all.map((point) => point[1]);
  return [[Math.min(...lon), Math.min(...lat)], [Math.max(...lon), Math.max(...lat)]];
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name, usual) => style.getPropertyValue(name).trim() || usual;
  const dark = document.documentElement.dataset.bsTheme === "dark";
  return { sheet: of("--nx-quiet-back", "#eef1f4"), town: dark ? "#21465a" : "#dcecf0", line: of("--nx-soft", "#5c6b7a"), lead: of("--nx-lead", "#12677c") };
}

export async function lay(figure) {
  if (!figure.dataset.nxGround || !hasWebGL()) return null;
  const ground = JSON.parse(figure.dataset.nxGround);
  let library;
  try {
    library = await import(ground.files.library);
  } catch {
    return null;
  }
  loadStyle(ground.files.style);
  library.setWorkerUrl(new URL(ground.files.worker, location.href).href);
  const box = document.createElement("div");
  box.className = "nx-ground";
  figure.prepend(box);
  const data = Object.fromEntries(Object.entries(sources(ground)).map(([name, value]) => [name, { type: "geojson", data: value }]));
  const map = new library.Map({
    container: box, style: { version: 8, sources: data, layers: layers(colours()) }, bounds: bounds(ground),
    fitBoundsOptions: { padding: 28, maxZoom: 17 }, attributionControl: false, dragRotate: false, pitchWithRotate: false,
    touchPitch: false, fadeDuration: 0, maxZoom: 20,
    locale: { "NavigationControl.ZoomIn": ground.words.in, "NavigationControl.ZoomOut": ground.words.out, "Map.Title": ground.words.map },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new library.NavigationControl({ showCompass: false }));
  map.addControl(new library.ScaleControl({ unit: "metric" }));
  try {
    await new Promise((loaded, failed) => { map.once("load", loaded); map.once("error", ({ error }) => failed(error)); });
  } catch {
    map.remove();
    box.remove();
    return null;
  }
  figure.classList.add("nx-laid");
  return { map, ground, library };
}
