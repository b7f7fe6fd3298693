// What the phone keeps, in IndexedDB: everything about people sealed under an AES key of this browser that no script can read out.
// Stores: keys, plain (times and counters), day (today's tasks), outbox (visits), photos, told (what the worker still has to read).
const NAME = "nanxi-field";
const STORES = ["keys", "plain", "day", "outbox", "photos", "told"];

let opened;
// The worker signs out: this page keeps nothing any more, also not what a contact under way would still write.
let left = false;

// Without a secure address (https, or this machine itself) the browser has no keys, and nothing is kept.
export const able = () => Boolean(globalThis.isSecureContext && globalThis.crypto?.subtle && globalThis.indexedDB);

function open() {
  // Whoever asks waits until the page is gone.
  if (left) return new Promise(() => {});
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => { for (const name of STORES) asked.result.createObjectStore(name); };
    asked.onsuccess = () => {
      // Another page of ours wipes: let go at once.
      asked.result.onversionchange = () => { asked.result.close(); opened = undefined; };
      resolve(asked.result);
    };
    asked.onerror = () => { opened = undefined; reject(asked.error); };
  });
  return opened;
}

async function act(stores, mode, does) {
  const base = await open();
  return new Promise((resolve, reject) => {
    // strict: acknowledged means on the disk, whatever happens to browser and battery.
    const work = base.transaction(stores, mode, mode === "readwrite" ? { durability: "strict" } : {});
    let result;
    const asked = does(work);
    if (asked) asked.onsuccess = () => { result = asked.result; };
    work.oncomplete = () => resolve(result);
    work.onabort = work.onerror = () => reject(work.error);
  });
}

export const get = (store, key) => act([store], "readonly", (work) => work.objectStore(store).get(key));
export const all = (store) => act([store], "readonly", (work) => work.objectStore(store).getAll());
export const put = (store, key, value) => act([store], "readwrite", (work) => { work.objectStore(store).put(value, key); });
export const drop = (store, key) => act([store], "readwrite", (work) => { work.objectStore(store).delete(key); });

// Several writes, all or none: [[store, key, value | undefined to drop], …].
export function write(rows) {
  return act([...new Set(rows.map(([store]) => store))], "readwrite", (work) => {
    for (const [store, key, value] of rows) {
      if (value === undefined) work.objectStore(store).delete(key);
      else work.objectStore(store).put(value, key);
    }
  });
}

async function theKey() {
  const there = await get("keys", "seal");
  if (there) return there;
  const fresh = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  // Two pages may begin at once: the first key stays.
  await act(["keys"], "readwrite", (work) => {
    const keys = work.objectStore("keys");
    keys.get("seal").onsuccess = (event) => { if (!event.target.result) keys.put(fresh, "seal"); };
  });
  return get("keys", "seal");
}

export async function sealBytes(bytes) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await theKey(), bytes) };
}

export async function openBytes(box) {
  return crypto.subtle.decrypt({ name: "AES-GCM", iv: box.iv }, await theKey(), box.data);
}

export const seal = (value) => sealBytes(new TextEncoder().encode(JSON.stringify(value)));
export const unseal = async (box) => JSON.parse(new TextDecoder().decode(await openBytes(box)));

// Nothing stays: neither what was sealed nor the key. leaves: this page goes, and keeps nothing from now on.
export async function wipe(leaves = false) {
  left = leaves;
  (await opened?.catch(() => null))?.close();
  opened = undefined;
  await new Promise((resolve) => {
    const asked = indexedDB.deleteDatabase(NAME);
    asked.onsuccess = asked.onerror = asked.onblocked = resolve;
  });
}
