// The service worker of the phone pages. `self.nanxi` (version, shell, files) is written before this by the server.
// It keeps the shell, never a page about people; where the desk does not answer in time the shell takes its place.
const { version, shell, files } = self.nanxi;
const CACHE = `nanxi-field-${version}`;
const PATIENCE_MS = 8_000;
const kept = new Set(files.map((file) => new URL(file, self.location).pathname));

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    // no-cache: what the page itself has just fetched is only asked for again, not sent again.
    await cache.addAll([shell, ...files].map((file) => new Request(file, { cache: "no-cache" })));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("nanxi-field-") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

async function page(request) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(request, { signal: stop.signal });
    // A gateway that answers for a desk which is down.
    if (![502, 503, 504].includes(answer.status)) return answer;
  } catch {
    // Away: the shell below.
  } finally {
    clearTimeout(timer);
  }
  return (await caches.match(shell)) ?? Response.error();
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (kept.has(address.pathname)) event.respondWith(caches.match(request, { ignoreSearch: true }).then((found) => found ?? fetch(request)));
});
