// Takes the device's position into the fields lon, lat, accuracy, datum of the form around [data-nx-locate].
// Browsers give WGS-84; the datum is written down all the same, because phone maps in China do not.
import { word } from "./words.js";

function fill(form, name, value) {
  const field = form.elements.namedItem(name);
  if (field) field.value = value;
}

function take(button) {
  const form = button.closest("form");
  const note = form.querySelector("[data-nx-located]");
  const say = (text) => { if (note) note.textContent = text; };
  if (!navigator.geolocation) { say(word("notLocated")); return; }
  say(word("locating"));
  navigator.geolocation.getCurrentPosition(
    ({ coords, timestamp }) => {
      fill(form, "lon", coords.longitude.toFixed(6));
      fill(form, "lat", coords.latitude.toFixed(6));
      fill(form, "accuracy", Math.round(coords.accuracy));
      fill(form, "datum", "WGS-84");
      fill(form, "located_at", new Date(timestamp).toISOString());
      say(word("located", Math.round(coords.accuracy)));
    },
    () => say(word("notLocated")),
    { enableHighAccuracy: true, timeout: 20000, maximumAge: 0 },
  );
}

export function start() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-nx-locate]");
    if (button) take(button);
  });
}
