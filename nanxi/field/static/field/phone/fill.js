// What was filled in: reads the form of a task, drawn by the server or by draw.js, checks it, and puts it into the outbox.
import { check } from "../../desk/answers.js";
import { keep } from "./outbox.js";
import { language, make, say } from "./say.js";

// What is missing: the name of the field, its label, and the sentence.
class Unsaid extends Error {
  constructor(name, label, text) {
    super(text);
    this.fault = [name, label, text];
  }
}

const value = (form, name) => form.elements.namedItem(name)?.value?.trim() ?? "";

function answersOf(form, questions) {
  const told = {};
  for (const question of questions) {
    const controls = [...form.querySelectorAll(`[name="${question.name}"]`)].filter((one) => !one.disabled);
    if (question.type === "select_multiple") told[question.name] = controls.filter((one) => one.checked).map((one) => one.value);
    else if (question.type === "select_one") told[question.name] = controls.find((one) => one.checked)?.value ?? "";
    else if (question.type === "image") told[question.name] = photosIn(form, question.name)[0]?.key ?? "";
    else told[question.name] = controls[0]?.value ?? "";
  }
  return told;
}

const photosIn = (form, name) => form.querySelector(`[data-field-photos="${name}"]`)?.photos ?? [];

// datetime-local is the county's time, whatever zone the phone is set to.
const inCounty = (text) => (text ? `${text}:00+08:00` : null);

function placesOf(form) {
  const found = [];
  for (let number = 1; number <= 3; number += 1) {
    const [name, start, end] = ["place", "from", "to"].map((part) => value(form, `${part}_${number}`));
    if (!name && !start) continue;
    if (!name || !start) throw new Unsaid("place", say("places"), say("placeHalf", number));
    found.push({ name: name.slice(0, 80), start: inCounty(start), end: inCounty(end) });
  }
  return found;
}

function positionOf(form) {
  const [lon, lat, accuracy] = ["lon", "lat", "accuracy"].map((name) => value(form, name));
  return lon && lat ? [Number(lon), Number(lat), Math.round(Number(accuracy || 0))] : null;
}

// What a worker tells of a home that no list knew. Throws the sentence that says what is missing.
function homeOf(form) {
  const [area, address, name, phone, persons] = ["area", "address", "name", "phone", "persons"].map((part) => value(form, `home_${part}`));
  if (!area || !address || !(name || phone)) throw new Unsaid("home_address", say("homeAddress"), say("homeHalf"));
  if (!/^\d{1,3}$/.test(persons) || persons < 1 || persons > 200) throw new Unsaid("home_persons", say("homePersons"), faultWords("whole"));
  return { area, address: address.slice(0, 120), name: name.slice(0, 40), phone: phone.slice(0, 20), persons: Number(persons) };
}

export const today = () => new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(new Date());

// The sentences of answers.js, written by the server (desk/fault_words.html).
const faultWords = (fault) => document.getElementById("desk-faults").dataset[fault];

function faultsOf(task, definition, visit) {
  if (definition) {
    const { faults } = check(definition, visit.answers, today());
    return Object.entries(faults).map(([name, fault]) => {
      const question = definition.questions.find((one) => one.name === name);
      const text = typeof fault === "string" ? faultWords(fault) : fault[language()];
      return [name, question.label[language()], text];
    });
  }
  const chosen = task.results.find(([code]) => code === visit.result);
  if (!chosen) return [["result", say("found"), faultWords("required")]];
  return chosen[2] && !visit.note ? [["note", say("words"), say("wordsNeeded")]] : [];
}

function complain(form, faults) {
  form.querySelector(".nx-summary")?.remove();
  const rows = faults.map(([name, label, text]) => make("li", {}, make("a", { href: `#q_${name}` }, label), /[?？]$/.test(label) ? ` ${text}` : `: ${text}`));
  const box = make("div", { class: "nx-summary", role: "alert", tabindex: "-1" }, make("p", {}, say("correct")), make("ul", {}, ...rows));
  form.prepend(box);
  box.focus();
}

// Whether the visit was put into the outbox; otherwise the form says what is wrong with it.
export async function handOver(form, task, definition) {
  let visit;
  try {
    visit = {
      result: definition ? "" : value(form, "result"),
      note: definition ? "" : value(form, "note").slice(0, 500),
      answers: definition ? answersOf(form, definition.questions.filter((one) => one.type !== "note")) : {},
      position: positionOf(form),
      places: placesOf(form),
      ...(task.door ? { door: true } : {}),
      ...(task.areas ? { found: homeOf(form) } : {}),
    };
  } catch (problem) {
    if (!(problem instanceof Unsaid)) throw problem;
    complain(form, [problem.fault]);
    return false;
  }
  const faults = faultsOf(task, definition, visit);
  if (faults.length) {
    complain(form, faults);
    return false;
  }
  const photos = [...form.querySelectorAll("[data-field-photos]")].flatMap((one) => one.photos ?? []);
  await keep(task, visit, photos);
  return true;
}
