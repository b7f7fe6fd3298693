// Sounds until somebody acknowledges: any element with data-nx-unacknowledged > 0 keeps the tone going.
// Browsers allow sound only after a gesture; the officer turns it on once, and any later click or key wakes it again.
import { word } from "./words.js";

const EVERY_MS = 2500;
const KEPT = "nanxi.sound";

let audio;

function wanted() {
  return localStorage.getItem(KEPT) === "on";
}

function wake() {
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume();
}

function tone(at, hertz) {
  const voice = audio.createOscillator();
  const loudness = audio.createGain();
  voice.type = "triangle";
  voice.frequency.value = hertz;
  loudness.gain.setValueAtTime(0.0001, at);
  loudness.gain.exponentialRampToValueAtTime(0.3, at + 0.02);
  loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.32);
  voice.connect(loudness).connect(audio.destination);
  voice.start(at);
  voice.stop(at + 0.35);
}

function waiting() {
  let count = 0;
  for (const place of document.querySelectorAll("[data-nx-unacknowledged]")) {
    count = Math.max(count, Number(place.dataset.nxUnacknowledged) || 0);
  }
  return count;
}

function beat() {
  const count = waiting();
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = count ? `(${count}) ${title}` : title;
  document.body.classList.toggle("nx-alarmed", count > 0);
  if (!count || !wanted() || audio?.state !== "running") return;
  tone(audio.currentTime, 880);
  tone(audio.currentTime + 0.4, 660);
}

function label() {
  for (const button of document.querySelectorAll("[data-nx-sound]")) {
    const on = wanted();
    button.setAttribute("aria-pressed", String(on));
    button.title = word(on ? "soundOn" : "soundOff");
    const text = button.querySelector(".nx-word");
    if (text) text.textContent = button.title;
  }
}

export function start() {
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-nx-sound]")) {
      localStorage.setItem(KEPT, wanted() ? "off" : "on");
      label();
    }
    if (wanted()) wake();
  });
  document.addEventListener("keydown", () => { if (wanted()) wake(); });
  document.addEventListener("htmx:after:swap", () => { label(); beat(); });
  label();
  beat();
  setInterval(beat, EVERY_MS);
}
