// Hides the questions of a form that are not asked by the answers given so far, and switches their controls off, so that neither
// the browser's own checks nor the server hear of them. Without JavaScript all are shown and the server decides.
import { holds } from "./conditions.js";

function answerOf(form, question) {
  const controls = [...form.querySelectorAll(`[name="${question.name}"]`)];
  if (question.type === "select_multiple") return controls.filter((one) => one.checked).map((one) => one.value);
  if (question.type === "select_one") return controls.find((one) => one.checked)?.value ?? null;
  const text = controls[0]?.value.trim() ?? "";
  return text !== "" && (question.type === "integer" || question.type === "decimal") ? Number(text) : text;
}

// An answer counts only while its question is asked; a few rounds settle conditions that rest on each other (published forms have no loop).
export function askedOf(questions, told, today) {
  let asked = new Set(questions.map((one) => one.name));
  for (let round = 0; round <= questions.length; round += 1) {
    const answers = Object.fromEntries(questions.filter((one) => asked.has(one.name)).map((one) => [one.name, told[one.name]]));
    const next = new Set(questions.filter((one) => holds(one.relevant, answers, null, today)).map((one) => one.name));
    const same = next.size === asked.size && [...next].every((name) => asked.has(name));
    asked = next;
    if (same) break;
  }
  return asked;
}

export function watch(box) {
  const form = box.closest("form");
  const { today, questions } = JSON.parse(box.dataset.nxQuestions);
  const settle = () => {
    const told = Object.fromEntries(questions.map((one) => [one.name, answerOf(form, one)]));
    const asked = askedOf(questions, told, today);
    for (const line of box.querySelectorAll("[data-nx-question]")) {
      const shown = asked.has(line.dataset.nxQuestion);
      line.hidden = !shown;
      for (const control of line.querySelectorAll("input, textarea, select")) control.disabled = !shown;
    }
  };
  form.addEventListener("input", settle);
  form.addEventListener("change", settle);
  settle();
}

for (const box of document.querySelectorAll("[data-nx-questions]")) watch(box);
