// Live updates: what the ledger's stream tells becomes DOM events on the body, which htmx triggers wait for.
// "desk.alert.raised" is told as nx:desk, nx:desk.alert and nx:desk.alert.raised, so a fragment listens as widely as it needs.
// Each name is told at once and then at most once in GAP_MS, the last one never lost (htmx's own throttle loses it); the same
// name as nx:calm:… keeps CALM_MS, for fragments that cost more.
import { word } from "./words.js";

const LONGEST_WAIT_MS = 30000;
const GAP_MS = 600;
const CALM_MS = 4000;

let mark;
let source;
let wait = 1000;
let again = 0;

function show(state) {
  if (!mark) return;
  // The line may be up, but without htmx nothing on the page can refresh; say so instead of pretending.
  const told = state === "live" && document.readyState === "complete" && !window.htmx ? "old" : state;
  mark.dataset.state = told;
  mark.textContent = word(told);
}

const told = new Map();

function raise(name, gap, news) {
  const before = told.get(name) ?? { at: -Infinity, timer: 0 };
  const rest = before.at + gap - performance.now();
  clearTimeout(before.timer);
  if (rest > 0) {
    before.timer = setTimeout(() => raise(name, gap, news), rest);
    told.set(name, before);
    return;
  }
  told.set(name, { at: performance.now(), timer: 0 });
  document.body.dispatchEvent(new CustomEvent(name, { detail: news }));
}

function tell(news) {
  const steps = news.kind.split(".");
  for (let n = 1; n <= steps.length; n += 1) {
    const kind = steps.slice(0, n).join(".");
    raise(`nx:${kind}`, GAP_MS, news);
    raise(`nx:calm:${kind}`, CALM_MS, news);
  }
}

function refresh() {
  // Whatever happened while the line was down is not repeated for long: let every live fragment ask once.
  document.body.dispatchEvent(new CustomEvent("nx:again"));
}

function open(address) {
  source = new EventSource(address);
  let broken = false;
  source.onopen = () => {
    show("live");
    if (again) refresh();
    wait = 1000;
    again += 1;
  };
  source.onmessage = (message) => {
    show("live");
    tell(JSON.parse(message.data));
  };
  source.onerror = () => {
    show("stale");
    // The browser retries by itself unless the server refused; then we do, more and more slowly.
    if (source.readyState !== EventSource.CLOSED || broken) return;
    broken = true;
    setTimeout(() => open(address), wait);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  };
}

export function start() {
  const address = document.body.dataset.nxEvents;
  mark = document.getElementById("nx-live");
  if (!address || !("EventSource" in window)) return;
  window.addEventListener("load", () => { if (!window.htmx) show("old"); });
  open(address);
  window.addEventListener("pagehide", () => source?.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) open(address); });
  window.addEventListener("offline", () => show("stale"));
}
