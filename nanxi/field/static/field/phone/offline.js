// The page the phone shows when the desk cannot be reached: the day as it was at the last contact, and its forms.
import { show, start as startBar } from "./bar.js";
import { formOf } from "./draw.js";
import { handOver } from "./fill.js";
import { waiting } from "./outbox.js";
import { make, say } from "./say.js";
import { able } from "./store.js";
import { contact, start as startSync, theDay } from "./sync.js";

// The address of the list: a page that was opened at a task has that task in its path for good.
const LIST = "#tasks";
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;
// How long this page believes that the line is too poor for the desk's own.
const SETTLED_MS = 120_000;
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
    make("span", { class: `nx-badge nx-${tone}`, "data-field-kept": kept }, mark), make("span", { class: "nx-by" }, ` ${say("due")} ${stamp(task.due)}`),
  ));
}

function list(day, kept) {
  const rows = day?.tasks ?? [];
  if (!rows.length) return [make("p", { class: "card card-body" }, day ? say("nothing") : say("noDay"))];
  return rows.map((task) => line(task, kept.has(task.id)));
}

function one(task, definition, kept) {
  const facts = make(
    "div", { class: "card" }, make("div", { class: "card-body" }, make("h2", {}, task.title),
      make("p", {}, make("span", { class: "nx-masked" }, task.who || say("nobody")), ` · ${task.place}`), make("p", { class: "nx-by" }, `${say("due")} ${stamp(task.due)}`)),
  );
  const back = make("p", {}, make("a", { href: LIST }, say("back")));
  // What waits is not filled in a second time: the desk would hear of one visit twice.
  return kept ? [back, facts, make("p", { class: "nx-note" }, say("recorded"))] : [back, facts, asking(task, definition)];
}

function asking(task, definition) {
  const form = formOf(task, definition);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!(await handOver(form, task, definition))) return;
    history.replaceState(null, "", LIST);
    await draw();
    contact();
  });
  return form;
}

let drawing = 0;

function wanted() {
  return location.hash === LIST ? undefined : (UUID.exec(location.hash) ?? UUID.exec(location.pathname))?.[0];
}

async function draw() {
  drawing += 1;
  const mine = drawing;
  const day = await theDay();
  const kept = new Set((await waiting()).visits.map((row) => row.task));
  // The worker was quicker: a later drawing is under way.
  if (mine !== drawing) return;
  const task = day?.tasks.find((each) => each.id === wanted());
  page.replaceChildren(...(task ? one(task, day.forms[task.form], kept.has(task.id)) : list(day, kept)));
  window.scrollTo(0, 0);
  await show();
}

// Back at the desk: its own page knows more. A form that is being filled in is left alone. On a line so poor that the desk's page
// does not come in time this page comes instead; then it stays, with what was just fetched, and the worker may try the other one.
async function back() {
  const before = Number(sessionStorage.getItem("field-back") ?? 0);
  if (Math.abs(Date.now() - before) > SETTLED_MS) {
    sessionStorage.setItem("field-back", String(Date.now()));
    location.assign(say("home"));
    return;
  }
  await draw();
  page.prepend(make("p", { class: "nx-by" }, say("again"), " ", make("a", { href: say("home") }, say("againDo"))));
}

async function begin() {
  const box = document.getElementById("field-words");
  if (!able()) { await show(); return; }
  startSync(box);
  startBar();
  document.addEventListener("field:contact", ({ detail }) => {
    if (detail.how === "here" && !page.querySelector("form")) back();
    if (detail.how === "revoked") page.replaceChildren();
  });
  window.addEventListener("hashchange", draw);
  await draw();
  await contact();
}

begin();
