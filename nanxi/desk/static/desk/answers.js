// Holds answers against a form as nanxi/desk/questions/answers.py does; a test holds both to the same answers at random.
// Faults are names of sentences (data-fault-… of the page's words), or the form's own words by language.
import { holds } from "./conditions.js";

const POINT = /^-?\d{1,2}(?:\.\d+)? -?\d{1,3}(?:\.\d+)?(?: \d+(?:\.\d+)?)?$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

class Unfit extends Error {}

function fits(test, fault) {
  if (!test) throw new Unfit(fault);
}

function isDay(text) {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!found) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text) && Number(found[1]) > 0;
}

const READERS = {
  text: (question, text) => { fits([...text].length <= (question.most ?? 500), "long"); return text; },
  integer: (question, text) => { fits(/^-?\d{1,9}(?:\.0+)?$/.test(text), "whole"); return Math.trunc(Number(text)); },
  decimal: (question, text) => { fits(/^-?\d{1,9}(?:\.\d{1,6})?$/.test(text), "number"); return Number(text); },
  date: (question, text) => { fits(isDay(text), "date"); return text; },
  time: (question, text) => { fits(/^(?:[01]\d|2[0-3]):[0-5]\d$/.test(text), "time"); return text; },
  select_one: (question, text) => { fits(question.choices.some((one) => one.name === text), "choice"); return text; },
  geopoint: (question, text) => { fits(POINT.test(text), "place"); return text; },
  image: (question, text) => { fits(UUID.test(text), "photo"); return text; },
};

function read(question, told) {
  if (told === undefined || told === null || told === "" || (Array.isArray(told) && !told.length)) return null;
  if (question.type === "select_multiple") {
    const names = (Array.isArray(told) ? told : [told]).map(String);
    const offered = question.choices.map((one) => one.name);
    fits(names.every((name) => offered.includes(name)), "choice");
    return offered.filter((name) => names.includes(name));
  }
  const text = String(Array.isArray(told) ? told[0] : told).trim();
  return text ? READERS[question.type](question, text) : null;
}

function references(tree) {
  if (!Array.isArray(tree)) return [];
  return tree[0] === "ref" ? [tree[1]] : tree.slice(1).flatMap(references);
}

// Each question after those its condition asks about; published forms have no loop.
function inOrder(questions) {
  const order = [];
  const place = (question) => {
    if (!question || order.includes(question)) return;
    for (const name of [...new Set(references(question.relevant))].sort()) place(questions.find((one) => one.name === name));
    order.push(question);
  };
  questions.forEach(place);
  return order;
}

export function check(form, told, today) {
  const answers = {}, faults = {};
  for (const question of inOrder(form.questions)) {
    if (question.type === "note" || !holds(question.relevant, answers, null, today)) continue;
    let value;
    try {
      value = read(question, told[question.name]);
    } catch (problem) {
      if (!(problem instanceof Unfit)) throw problem;
      faults[question.name] = problem.message;
      continue;
    }
    if (value === null) {
      if (question.required) faults[question.name] = "required";
    } else if (!holds(question.constraint, { ...answers, [question.name]: value }, value, today)) {
      faults[question.name] = Object.keys(question.message ?? {}).length ? question.message : "rule";
    } else {
      answers[question.name] = value;
    }
  }
  return { answers, faults };
}
