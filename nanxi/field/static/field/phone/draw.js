// Draws the form of a task from its definition, as desk/questions.html does on the server: same names, same classes.
import { watch } from "../../desk/questions.js";
import { today } from "./fill.js";
import { photoField } from "./photo.js";
import { language, make, say } from "./say.js";

const INPUTS = { integer: "number", decimal: "number", date: "date", time: "time" };

function choices(name, type, rows, required, label) {
  const lines = rows.map(([code, text]) => make("label", {}, make("input", { type, name, value: code, required: required && type === "radio" }), ` ${text}`));
  return make("fieldset", { class: "nx-choice", id: `q_${name}` }, make("legend", { class: "form-label" }, label), ...lines);
}

function control(question) {
  const label = question.label[language()], name = question.name, id = `q_${name}`;
  if (question.type === "note") return [make("p", {}, label)];
  if (question.choices) {
    const rows = question.choices.map((one) => [one.name, one.label[language()]]);
    return [choices(name, question.type === "select_one" ? "radio" : "checkbox", rows, question.required, label)];
  }
  if (question.type === "image") return [make("p", { id }, label), photoField(name)];
  const long = question.type === "text" && (question.most ?? 500) > 80;
  const numeric = question.type === "integer" || question.type === "decimal";
  const box = make(long ? "textarea" : "input", {
    class: "form-control", id, name, required: question.required, maxlength: question.type === "text" ? question.most : null,
    ...(long ? { rows: "2" } : { type: INPUTS[question.type] ?? "text" }),
    ...(numeric ? { step: question.type === "integer" ? "1" : "any", inputmode: "decimal" } : {}),
  });
  return [make("label", { class: "form-label", for: id }, label), box, question.type === "geopoint" && pointButton(box)];
}

function pointButton(box) {
  const button = make("button", { type: "button", class: "btn" }, say("position"));
  button.addEventListener("click", () => {
    navigator.geolocation?.getCurrentPosition(({ coords }) => {
      box.value = `${coords.latitude.toFixed(6)} ${coords.longitude.toFixed(6)} ${Math.round(coords.accuracy)}`;
    }, () => {}, { enableHighAccuracy: true, timeout: 20_000, maximumAge: 0 });
  });
  return button;
}

function questions(definition) {
  const lines = definition.questions.map((one) => make(
    "div", { class: "nx-field", "data-nx-question": one.name }, ...control(one), one.hint && make("div", { class: "form-hint" }, one.hint[language()]),
  ));
  const shape = { today: today(), questions: definition.questions.map(({ name, type, relevant }) => ({ name, type, relevant })) };
  return make("div", { "data-nx-questions": JSON.stringify(shape) }, ...lines);
}

function plain(task) {
  const note = make("textarea", { class: "form-control", id: "q_note", name: "note", rows: "3", maxlength: "500" });
  return make(
    "div", {}, choices("result", "radio", task.results, true, say("found")),
    make("div", { class: "nx-field" }, make("label", { class: "form-label", for: "q_note" }, say("words")), note),
  );
}

function places() {
  const rows = [1, 2, 3].map((number) => {
    const part = (name, text, type) => [
      make("label", { class: "form-label", for: `${name}_${number}` }, text),
      make("input", { class: "form-control", type, id: `${name}_${number}`, name: `${name}_${number}`, maxlength: type === "text" ? "80" : null }),
    ];
    return make("fieldset", { class: "nx-field" }, make("legend", { class: "form-label" }, `${say("place")} ${number}`),
      ...part("place", say("placeName"), "text"), ...part("from", say("from"), "datetime-local"), ...part("to", say("until"), "datetime-local"));
  });
  return make("details", {}, make("summary", {}, say("places")), ...rows);
}

// A home that no list knew: where it is, and which adult lives there.
function home(round) {
  const field = (name, text, more) => make("div", { class: "nx-field" }, make("label", { class: "form-label", for: `q_${name}` }, text),
    make("input", { class: "form-control", id: `q_${name}`, name, ...more }));
  const areas = round.areas.map(([code, name]) => make("option", { value: code }, name));
  return make(
    "div", {}, make("div", { class: "nx-field" }, make("label", { class: "form-label", for: "q_home_area" }, say("homeArea")),
      make("select", { class: "form-select", id: "q_home_area", name: "home_area" }, ...areas)),
    field("home_address", say("homeAddress"), { maxlength: "120", required: true }), field("home_name", say("homeName"), { maxlength: "40" }),
    field("home_phone", say("homePhone"), { maxlength: "20", type: "tel" }),
    field("home_persons", say("homePersons"), { type: "number", min: "1", max: "200", inputmode: "numeric", required: true }),
  );
}

export function formOf(task, definition) {
  const hidden = ["lon", "lat", "accuracy"].map((name) => make("input", { type: "hidden", name }));
  const asked = definition ? questions(definition) : plain(task);
  const form = make(
    "form", { class: "card", novalidate: true }, make(
      "div", { class: "card-body" }, task.areas && home(task), asked, photoField(), !task.door && places(), ...hidden,
      make("div", { class: "nx-buttons" }, make("button", { type: "button", class: "btn", "data-nx-locate": true }, say("position"))),
      make("p", { class: "nx-by", "data-nx-located": true, role: "status" }),
      make("div", { class: "nx-buttons" }, make("button", { class: "btn btn-primary", type: "submit" }, say("record"))),
    ),
  );
  if (definition) watch(asked);
  return form;
}
