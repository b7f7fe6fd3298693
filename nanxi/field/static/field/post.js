// The post's form: sends one passage to the public endpoint and says stop or go. The key stays until the answer came.
import { word } from "../nanxi/words.js";

const form = document.querySelector("[data-post]");
const answer = document.getElementById("post-answer");

function say(kind, text) {
  answer.className = kind;
  answer.textContent = text;
  answer.focus();
}

async function send() {
  const fields = new FormData(form);
  const body = { at: new Date().toISOString(), way: fields.get("way") };
  for (const name of ["id_no", "name", "phone", "plate", "origin"]) body[name] = fields.get(name) ?? "";
  if (fields.get("temperature_c")) body.temperature_c = Number(fields.get("temperature_c"));
  form.dataset.key ||= crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  const response = await fetch(form.dataset.post, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": form.dataset.key, "X-CSRFToken": fields.get("csrfmiddlewaretoken") },
    body: JSON.stringify(body),
  });
  const told = await response.json();
  if (!response.ok) {
    say("nx-summary", told.detail);
    delete form.dataset.key;
    return;
  }
  delete form.dataset.key;
  say(told.stop || told.fever ? "nx-stop nx-big" : "nx-pass nx-big", told.text);
  form.reset();
  document.body.dispatchEvent(new CustomEvent("nx:field.passage"));
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  // No connection: the same key goes with the next try, so nothing counts twice.
  send().catch(() => say("nx-summary", word("failed")));
});
