// The page the phone shows when the desk cannot be reached: the day as it was at the last contact, and its forms.
import { show, start as startBar } from "./bar.js";
import { formOf } from "./draw.js";
import { handOver } from "./fill.js";
import { waiting } from "./outbox.js";
import { make, say } from "./say.js";
import { able } from "./store.js";
import { contact, start as startSync, theDay } from "./sync.js";

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;
const page = document.getElementById("field-page");

function stamp(at) {
  return new Date(at).toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" }).slice(5, 16);
}

function line(task, kept) {
  const late = new Date(task.due).getTime() < Date.now();
  const [mark, tone] = kept ? [say("kept"), "wait"] : late ? [say("overdue"), "danger"] : task.urgent ? [say("urgent"), "warn"] : [say("open"), "wait"];
  return make("div", { class: "card" }, make(
    "a", { class: "nx-task", href: `#${task.id}`, "data-field-task": task.id }, make("span", { class: "nx-title" }, task.title),
    make("span", { class: "nx-masked" }, task.who || say("nobody")), ` · ${task.place}`, make("br"),
    make("span", { class: `nx-badge nx-${tone}` }, mark), make("span", { class: "nx-by" }, ` ${say("due")} ${stamp(task.due)}`),
  ));
}

async function list(day) {
  const kept = new Set((await waiting()).visits.map((row) => row.task));
  const rows = day?.tasks ?? [];
  if (!rows.length) return [make("p", { class: "card card-body" }, day ? say("nothing") : say("noDay"))];
  return rows.map((task) => line(task, kept.has(task.id)));
}

function one(task, definition) {
  const form = formOf(task, definition);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!(await handOver(form, task, definition))) return;
    history.replaceState(null, "", "#");
    await draw();
    contact();
  });
  const facts = make(
    "div", { class: "card" }, make("div", { class: "card-body" }, make("h2", {}, task.title),
      make("p", {}, make("span", { class: "nx-masked" }, task.who || say("nobody")), ` · ${task.place}`), make("p", { class: "nx-by" }, `${say("due")} ${stamp(task.due)}`)),
  );
  return [make("p", {}, make("a", { href: "#" }, say("back"))), facts, form];
}

async function draw() {
  const day = await theDay();
  const wanted = UUID.exec(location.hash)?.[0] ?? UUID.exec(location.pathname)?.[0];
  const task = location.hash === "#" ? null : day?.tasks.find((each) => each.id === wanted);
  page.replaceChildren(...(task ? one(task, day.forms[task.form]) : await list(day)));
  window.scrollTo(0, 0);
  await show();
}

async function begin() {
  const box = document.getElementById("field-words");
  if (!able()) { await show(); return; }
  startSync(box);
  startBar();
  document.addEventListener("field:contact", async ({ detail }) => {
    // Back at the desk: its own page knows more. A form that is being filled in is left alone.
    if (detail.how === "here" && !page.querySelector("form")) location.assign(say("home"));
    if (detail.how === "revoked") page.replaceChildren();
  });
  window.addEventListener("hashchange", draw);
  await draw();
  await contact();
}

begin();
