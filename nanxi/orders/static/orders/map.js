// Lays a map that can be moved over each drawing that says what it shows; a tap on a position tells it in words.
import { lay } from "./ground.js";

for (const figure of document.querySelectorAll("[data-nx-ground]")) {
  lay(figure).then((laid) => {
    if (!laid) return;
    const { map, library } = laid;
    map.on("click", "dots", ({ features, lngLat }) => {
      new library.Popup({ closeButton: false }).setLngLat(lngLat).setText(features.map((one) => one.properties.words).join("\n")).addTo(map);
    });
    map.on("mouseenter", "dots", () => { map.getCanvas().style.cursor = "pointer"; });
    map.on("mouseleave", "dots", () => { map.getCanvas().style.cursor = ""; });
  });
}
