// Contact with the desk: the day down, visits and photos up. One page at a time; after a failure it waits longer each time.
import { Away, Refusal, Revoked, SignIn, ask } from "./line.js";
import { opened, waiting } from "./outbox.js";
import { able, all, drop, get, openBytes, put, seal, unseal, wipe, write } from "./store.js";

const MOST_VISITS = 10;
// Stands for a photo's key in the address that the server wrote.
const NO_KEY = "00000000-0000-0000-0000-000000000000";
const FIRST_WAIT_MS = 4_000, LONGEST_WAIT_MS = 300_000;
const DAY_MS = 86_400_000;

let wait = FIRST_WAIT_MS;
let timer;
let addresses;

function tell(how, text = "") {
  document.dispatchEvent(new CustomEvent("field:contact", { detail: { how, text } }));
}

// Today's tasks as they were at the last contact; null when there are none, or they are too old to be kept.
export async function theDay() {
  const plain = await get("plain", "day");
  if (plain && Date.now() - plain.at > plain.keep_tasks_days * DAY_MS) await drop("day", "day");
  const kept = await get("day", "day");
  return kept ? unseal(kept) : null;
}

// What was never handed in goes after two weeks, but only when the desk was tried for in vain: it is handed in first.
async function expire() {
  const plain = await get("plain", "day");
  if (!plain) return;
  for (const store of ["outbox", "photos", "told"]) {
    for (const row of await all(store)) if (Date.now() - row.made > plain.keep_visits_days * DAY_MS) await drop(store, row.key);
  }
}

async function fetchDay() {
  const plain = (await get("plain", "day")) ?? {};
  const before = await theDay();
  const same = before && plain.language === document.documentElement.lang;
  const have = same ? [...before.tasks.map((one) => one.v), ...Object.keys(before.forms)].join(",") : "";
  const asked = Date.now();
  const { answer, body } = await ask(`${addresses.day}?have=${encodeURIComponent(have)}`, same ? { headers: { "If-None-Match": plain.etag } } : {});
  const now = new Date(answer.headers.get("X-Nanxi-Now")).getTime();
  const rows = [["plain", "clock", { off: Math.round((now - (asked + Date.now()) / 2) / 1000), local: Date.now() }]];
  if (body) {
    const known = new Map((before?.tasks ?? []).map((one) => [one.id, one]));
    const tasks = body.tasks.map((one) => (one.title === undefined ? known.get(one.id) : one)).filter(Boolean);
    const forms = Object.fromEntries(Object.entries(body.forms).map(([ref, form]) => [ref, form ?? before.forms[ref]]));
    rows.push(["day", "day", await seal({ tasks, forms, later: body.later, sweeps: body.sweeps })]);
    Object.assign(plain, { worker: body.worker, keep_tasks_days: body.keep_tasks_days, keep_visits_days: body.keep_visits_days });
  }
  Object.assign(plain, { at: Date.now(), etag: answer.headers.get("ETag"), language: document.documentElement.lang });
  rows.push(["plain", "day", plain]);
  await write(rows);
  return plain.worker;
}

async function handIn(worker) {
  let sent = 0;
  for (;;) {
    const mine = (await waiting()).visits.filter((row) => row.worker === worker && !row.stuck);
    if (!mine.length) return sent;
    // One the server cannot read must not hold up the others: then they go one by one.
    const batch = mine.slice(0, mine.some((row) => row.alone) ? 1 : MOST_VISITS);
    const told = await Promise.all(batch.map(opened));
    try {
      const body = JSON.stringify({ clock: new Date().toISOString(), visits: told.map((one) => one.visit) });
      const answer = await ask(addresses.visits, { method: "POST", body, headers: { "Content-Type": "application/json" } });
      await settle(answer.body.visits, batch, told);
      sent += batch.length;
    } catch (problem) {
      if (!(problem instanceof Refusal)) throw problem;
      for (const row of batch) await put("outbox", row.key, { ...row, alone: true, stuck: batch.length === 1 ? problem.message : undefined });
    }
  }
}

async function settle(answers, batch, told) {
  for (const [place, row] of batch.entries()) {
    const answer = answers.find((one) => one.key === row.key);
    if (!answer) continue;
    const rows = [["outbox", row.key, undefined]];
    if (answer.flag) {
      const box = await seal({ title: told[place].title, text: answer.text });
      rows.push(["told", row.key, { key: row.key, made: row.made, box }]);
    }
    await write(rows);
  }
}

async function handInPhotos(worker) {
  const { visits, photos } = await waiting();
  const before = new Set(visits.map((row) => row.key));
  for (const row of photos) {
    if (row.worker !== worker || before.has(row.visit)) continue;
    const body = new Blob([await openBytes(row.box)], { type: "image/jpeg" });
    try {
      await ask(`${addresses.photos.replace(NO_KEY, row.key)}?visit=${row.visit}`, { method: "POST", body, headers: { "Content-Type": "image/jpeg" } });
      await drop("photos", row.key);
    } catch (problem) {
      if (!(problem instanceof Refusal)) throw problem;
      const box = await seal({ title: "", text: problem.message });
      await write([["photos", row.key, undefined], ["told", row.key, { key: row.key, made: row.made, box }]]);
    }
  }
}

async function once() {
  const worker = await fetchDay();
  if (await handIn(worker)) await fetchDay();
  await handInPhotos(worker);
}

let next;

// Asked while another contact runs, it comes after that one; asked many times, once.
export function contact() {
  if (!able()) return Promise.resolve();
  next ??= navigator.locks.request("nanxi-field", async () => {
    next = undefined;
    clearTimeout(timer);
    try {
      await once();
      wait = FIRST_WAIT_MS;
      tell("here");
    } catch (problem) {
      await failed(problem);
    }
  });
  return next;
}

async function failed(problem) {
  if (problem instanceof Revoked) {
    await wipe();
    tell("revoked", problem.message);
  } else if (problem instanceof SignIn) {
    await expire();
    tell("signin");
  } else {
    await expire();
    if (!(problem instanceof Away || problem instanceof Refusal)) console.error(problem);
    tell("away");
    again();
  }
}

function again() {
  clearTimeout(timer);
  timer = setTimeout(contact, wait * (0.5 + Math.random() / 2));
  wait = Math.min(wait * 2, LONGEST_WAIT_MS);
}

export function start(box) {
  addresses = { day: box.dataset.day, visits: box.dataset.visits, photos: box.dataset.photos };
  window.addEventListener("online", () => { wait = FIRST_WAIT_MS; contact(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) contact(); });
  document.body.addEventListener("nx:desk.task", () => contact());
}
