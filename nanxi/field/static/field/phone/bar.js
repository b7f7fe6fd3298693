// The line that says how the phone stands: what waits, what the worker still has to read, and whether the desk is reached.
import { opened, waiting } from "./outbox.js";
import { make, say } from "./say.js";
import { contact } from "./sync.js";
import { able, all, drop, get, unseal, wipe } from "./store.js";

let how = "";
let text = "";

async function lines() {
  if (how === "revoked") return [make("p", { class: "nx-stop", role: "alert" }, text || say("revoked"))];
  const [{ visits, photos }, told, plain] = [await waiting(), await all("told"), await get("plain", "day")];
  const found = [];
  if (how === "signin") found.push(make("p", { class: "nx-summary" }, say("signin"), " ", make("a", { href: say("enter") }, say("signinDo"))));
  if (visits.length) found.push(make("p", { class: "nx-note", "data-field-waiting": visits.length }, say("waiting", visits.length)));
  if (photos.length) found.push(make("p", { class: "nx-by" }, say("waitingPhotos", photos.length)));
  if (how === "away") found.push(make("p", { class: "nx-by" }, say("away")));
  if (visits.length || photos.length || how === "away") found.push(button(say("sendNow"), () => contact()));
  for (const row of visits.filter((one) => one.stuck)) found.push(await stuck(row));
  for (const row of told) found.push(await flagged(row));
  if (plain) found.push(make("p", { class: "nx-by", "data-field-as-of": true }, say("asOf", new Date(plain.at).toLocaleTimeString("sv-SE", { timeZone: "Asia/Shanghai" }).slice(0, 5))));
  return found;
}

function button(label, does) {
  const one = make("button", { type: "button", class: "btn btn-sm" }, label);
  one.addEventListener("click", does);
  return one;
}

async function stuck(row) {
  const { title } = await opened(row);
  return make("div", { class: "nx-summary" }, make("p", {}, `${title}: ${row.stuck} ${say("stuck")}`));
}

async function flagged(row) {
  const { title, text: words } = await unseal(row.box);
  const box = make("div", { class: "nx-summary", "data-field-told": row.key }, make("p", {}, title ? `${title}: ${words}` : words));
  box.append(button(say("read"), async () => { await drop("told", row.key); await show(); }));
  return box;
}

export async function show() {
  const bar = document.getElementById("field-bar");
  if (!bar) return;
  if (!able()) {
    bar.replaceChildren(make("p", { class: "nx-by" }, say("unable")));
    return;
  }
  bar.replaceChildren(...(await lines()));
  bar.dataset.fieldStands = how;
}

// Signing out wipes the phone; what still waits is handed in first, or given up only when asked twice.
function guardSignOut() {
  let warned = false;
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches('form[action$="/logout/"]') || !able()) return;
    event.preventDefault();
    if ((await waiting()).visits.length && !warned) {
      await contact();
      const rest = (await waiting()).visits.length;
      if (rest) {
        warned = true;
        (document.getElementById("field-bar") ?? document.getElementById("nx-main")).prepend(make("p", { class: "nx-stop", role: "alert" }, say("signOutLoses", rest)));
        return;
      }
    }
    await wipe(true);
    form.submit();
  });
}

export function start() {
  document.addEventListener("field:contact", ({ detail }) => {
    ({ how, text } = detail);
    show();
  });
  guardSignOut();
}
