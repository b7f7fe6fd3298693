// On every page that the server drew for a worker with a phone: keeps the day for later, wipes it at signing out, and hands visits
// over by way of the outbox, so that a line that breaks loses nothing. Without it the same forms are posted as any other.
import { handOver } from "./fill.js";
import { waiting } from "./outbox.js";
import { photoField } from "./photo.js";
import { make, say } from "./say.js";
import { show, start as startBar } from "./bar.js";
import { contact, start as startSync, theDay } from "./sync.js";
import { able } from "./store.js";

// How long a page waits for the server before it goes on with the visit in the outbox.
const SOON_MS = 5_000;

async function marks() {
  const ids = new Set((await waiting()).visits.map((row) => row.task));
  for (const link of document.querySelectorAll("[data-field-task]")) {
    if (ids.has(link.dataset.fieldTask) && !link.querySelector("[data-field-kept]")) {
      link.append(make("span", { class: "nx-badge nx-wait", "data-field-kept": true }, say("kept")));
    }
  }
}

async function guard(form) {
  const day = await theDay();
  const task = day?.tasks.find((one) => one.id === form.dataset.fieldVisit);
  const definition = task?.form ? day.forms[task.form] : null;
  if (!task || (task.form && !definition)) return;
  form.noValidate = true;
  form.querySelector(".nx-buttons")?.before(photoField());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!(await handOver(form, task, definition))) return;
    await Promise.race([contact(), new Promise((resolve) => setTimeout(resolve, SOON_MS))]);
    location.assign(form.dataset.fieldNext ?? say("home"));
  });
}

async function begin() {
  const box = document.getElementById("field-words");
  if (!box) return;
  if (!able()) { await show(); return; }
  navigator.serviceWorker?.register(box.dataset.worker, { type: "classic" }).catch(() => {});
  startSync(box);
  startBar();
  await contact();
  await show();
  await marks();
  const form = document.querySelector("[data-field-visit]");
  if (form) await guard(form);
  document.body.addEventListener("htmx:after:swap", marks);
}

begin();
