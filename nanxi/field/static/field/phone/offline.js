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

// Whom one asks for; in a household without a named adult, how many are listed.
function whoOf(task) {
  if (task.who) return task.who;
  return task.door ? say("persons", task.persons) : say("nobody");
}

function line(task, kept) {
  const late = new Date(task.due).getTime() < Date.now();
  const [mark, tone] = kept ? [say("kept"), "wait"] : late ? [say("overdue"), "danger"] : task.urgent ? [say("urgent"), "warn"] : [say("open"), "wait"];
  return make("div", { class: "card" }, make(
    "a", { class: "nx-task", href: `#${task.id}`, "data-field-task": task.id }, make("span", { class: "nx-title" }, task.title),
    make("span", { class: "nx-masked" }, whoOf(task)), ` · ${task.place}`, make("br"),
    make("span", { class: `nx-badge nx-${tone}`, "data-field-kept": kept }, mark), make("span", { class: "nx-by" }, ` ${say("due")} ${stamp(task.due)}`),
  ));
}

function list(day, kept) {
  if (!day) return [make("p", { class: "card card-body" }, say("noDay"))];
  const [doors, tasks] = [true, false].map((door) => day.tasks.filter((one) => Boolean(one.door) === door).map((one) => line(one, kept.has(one.id))));
  const shown = tasks.length ? tasks : [make("p", { class: "card card-body" }, say("nothing"))];
  if (doors.length || day.sweeps?.length) {
    shown.push(make("h2", {}, say("doors")), ...(doors.length ? doors : [make("p", { class: "nx-by" }, say("noDoors"))]));
    shown.push(...(day.sweeps ?? []).map(another));
  }
  return shown;
}

function another(round) {
  const link = make("a", { class: "btn", href: `#${round.id}`, "data-field-found": round.id }, `${say("found1")} · ${round.title}`);
  return make("p", { class: "nx-buttons" }, link);
}

// The errand of a home that no list knew; there may be many in one round.
const unlisted = (round) => ({ ...round, title: `${say("found1")} · ${round.title}`, door: true, due: null, who: "", place: "" });

function one(task, definition, kept) {
  const whom = task.areas ? [make("p", { class: "form-hint" }, say("foundHint"))] : [
    make("p", {}, make("span", { class: "nx-masked" }, whoOf(task)), ` · ${task.place}`),
    make("p", { class: "nx-by" }, `${say("due")} ${stamp(task.due)}`),
  ];
  const facts = make("div", { class: "card" }, make("div", { class: "card-body" }, make("h2", {}, task.title), ...whom));
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
  const id = wanted();
  const round = day?.sweeps?.find((each) => each.id === id);
  const task = round ? unlisted(round) : day?.tasks.find((each) => each.id === id);
  page.replaceChildren(...(task ? one(task, day.forms[task.form], !round && kept.has(task.id)) : list(day, kept)));
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
