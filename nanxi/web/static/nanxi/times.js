// Tells near times in words beside the clock time: "5 min ago", "in 20 min". The clock time itself is the server's.
import { word } from "./words.js";

function near(milliseconds) {
  const minutes = Math.round(milliseconds / 60000);
  if (Math.abs(minutes) >= 12 * 60) return "";
  if (minutes === 0) return word("agoNow");
  const size = Math.abs(minutes);
  const [count, unit] = size < 60 ? [size, "Minutes"] : [Math.round(size / 60), "Hours"];
  return word((minutes < 0 ? "ago" : "in") + unit, count);
}

export function tell(root = document) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const text = near(new Date(time.dateTime) - Date.now());
    if (text) time.dataset.near = text; else delete time.dataset.near;
  }
}

export function start() {
  tell();
  setInterval(tell, 30000);
  document.addEventListener("htmx:after:swap", () => tell());
}
