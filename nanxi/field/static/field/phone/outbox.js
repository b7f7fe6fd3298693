// Visits and photos that wait to be handed in. A visit is put here before anything is sent, and leaves when the server has it.
import { all, get, seal, sealBytes, unseal, write } from "./store.js";

// visit: {task, result, note, answers, position, places}; photos: [{key, bytes}] as small JPEGs.
export async function keep(task, visit, photos) {
  const key = crypto.randomUUID();
  const day = await get("plain", "day");
  const clock = await get("plain", "clock");
  // A clock that ran backwards since the last contact was set or lost its battery: what was known of it does not hold.
  const off = clock && Date.now() >= clock.local ? clock.off : null;
  // Its age counts from the last contact at the earliest, or a clock that begins at 1970 and is set later would make it too old to keep.
  const made = Math.max(Date.now(), day?.at ?? 0);
  const turn = 1 + Math.max(0, ...(await all("outbox")).map((row) => row.turn));
  const worker = day?.worker ?? "";
  const box = await seal({ ...visit, at: new Date().toISOString(), off, title: task.title, photos: photos.map((one) => one.key) });
  const rows = [["outbox", key, { key, task: task.id, worker, made, turn, box }]];
  for (const photo of photos) {
    rows.push(["photos", photo.key, { key: photo.key, visit: key, worker, made, box: await sealBytes(photo.bytes) }]);
  }
  await write(rows);
  return key;
}

export async function waiting() {
  const [visits, photos] = [await all("outbox"), await all("photos")];
  visits.sort((one, other) => one.turn - other.turn);
  return { visits, photos };
}

export async function opened(row) {
  const { title, photos, ...visit } = await unseal(row.box);
  return { title, photos, visit: { key: row.key, task: row.task, ...visit } };
}
