// Keeps the last front page and what it needs, for when there is no connection. Nothing else is ever answered from here.
"use strict";

const NAME = "feedhub-front";
const ROOT = new URL("./", self.location).pathname;
const STATIC = `${ROOT}static/`;
const NEEDED = [`${STATIC}icon.svg`, `${STATIC}icon-192.png`];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(NEEDED)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const front = url.pathname === ROOT && !url.search && event.request.mode === "navigate";
  const ours = event.request.method === "GET" && url.origin === self.location.origin;
  if (ours && (front || url.pathname.startsWith(STATIC))) { event.respondWith(fresh(event.request)); }
});

async function fresh(request) {
  const cache = await caches.open(NAME);
  try {
    const answer = await fetch(request);
    if (answer.ok) { await cache.put(request, answer.clone()); }
    return answer;
  } catch (error) {
    const kept = await cache.match(request, { ignoreVary: true });
    if (kept) { return kept; }
    throw error;
  }
}
