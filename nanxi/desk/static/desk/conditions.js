// Conditions of a form as trees, evaluated as nanxi/desk/questions/conditions.py does: tests/spec/desk_conditions.md holds both to it.
const NUMBER = /^-?\d+(?:\.\d+)?$/;
const ORDERED = /^(?:\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?)?|\d{2}:\d{2}(?::\d{2})?)$/;

function tidy(value) {
  return value === undefined || value === "" || (Array.isArray(value) && !value.length) ? null : value;
}

function number(value) {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "string" && NUMBER.test(value) ? Number(value) : null;
}

// Lists are always kept with at least one entry; an empty one is nothing.
const isTrue = (value) => value !== null && value !== false && value !== 0 && value !== "";

function equal(left, right) {
  if (left === null || right === null) return left === right;
  const counts = (value) => typeof value === "number" || typeof value === "boolean";
  if (counts(left) || counts(right)) {
    const one = number(left);
    return one !== null && one === number(right);
  }
  if (Array.isArray(left) && Array.isArray(right)) return left.length === right.length && left.every((v, i) => v === right[i]);
  return left === right;
}

function order(left, right) {
  if (left === null || right === null) return null;
  if (typeof left === "string" && typeof right === "string") {
    return ORDERED.test(left) && ORDERED.test(right) ? (left > right) - (left < right) : null;
  }
  const one = number(left), other = number(right);
  return one === null || other === null ? null : (one > other) - (one < other);
}

function reckon(left, right, does, divides) {
  const one = number(left), other = number(right);
  return one === null || other === null || (divides && other === 0) ? null : does(one, other);
}

const OPERATORS = {
  or: (a, b) => isTrue(a) || isTrue(b),
  and: (a, b) => isTrue(a) && isTrue(b),
  not: (a) => !isTrue(a),
  "=": equal,
  "!=": (a, b) => !equal(a, b),
  "<": (a, b) => order(a, b) === -1,
  "<=": (a, b) => [-1, 0].includes(order(a, b)),
  ">": (a, b) => order(a, b) === 1,
  ">=": (a, b) => [0, 1].includes(order(a, b)),
  "+": (a, b) => reckon(a, b, (x, y) => x + y),
  "-": (a, b) => reckon(a, b, (x, y) => x - y),
  "*": (a, b) => reckon(a, b, (x, y) => x * y),
  div: (a, b) => reckon(a, b, (x, y) => x / y, true),
  mod: (a, b) => reckon(a, b, (x, y) => x % y, true),
  selected: (chosen, name) => typeof name === "string" && (Array.isArray(chosen) ? chosen.includes(name) : chosen === name),
  count: (chosen) => (Array.isArray(chosen) ? chosen.length : Number(chosen !== null)),
  length: (text) => (typeof text === "string" ? [...text].length : 0),
};

export function valueOf(tree, answers, own = null, today = "") {
  const [operator, ...parts] = tree;
  if (operator === "lit") return tidy(parts[0]);
  if (operator === "ref") return tidy(Object.hasOwn(answers, parts[0]) ? answers[parts[0]] : null);
  if (operator === "self") return tidy(own);
  if (operator === "today") return tidy(today);
  return OPERATORS[operator](...parts.map((part) => valueOf(part, answers, own, today)));
}

export function holds(tree, answers, own = null, today = "") {
  return !tree || isTrue(valueOf(tree, answers, own, today));
}
