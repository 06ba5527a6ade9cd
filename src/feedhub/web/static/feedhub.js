// Every page works without this. It adds: keys on the review page, times that keep up, an offline copy of the front page.
"use strict";

const offline = document.getElementById("offline");
const showOffline = () => { offline.hidden = navigator.onLine; };
addEventListener("online", showOffline);
addEventListener("offline", showOffline);
showOffline();

if ("serviceWorker" in navigator && isSecureContext) {
  navigator.serviceWorker.register(new URL("../sw.js", document.currentScript.src)).catch(() => {});
}

const UNITS = [[86400, "day"], [3600, "hour"], [60, "minute"]];

function distance(seconds) {
  const away = Math.abs(seconds);
  const found = UNITS.find(([size]) => away >= size * 0.95);
  if (!found) { return away < 45 ? "just now" : seconds > 0 ? "1 minute ago" : "in 1 minute"; }
  const count = Math.max(1, Math.round(away / found[0]));
  const words = `${count} ${found[1]}${count === 1 ? "" : "s"}`;
  return seconds > 0 ? `${words} ago` : `in ${words}`;
}

function keepUp() {
  for (const time of document.querySelectorAll("main time[title]")) {
    const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
    if (Math.abs(seconds) < 30 * 86400) { time.textContent = distance(seconds); }
  }
}
setInterval(keepUp, 30000);

const pairs = [...document.querySelectorAll(".pair")];
let at = -1;

function go(step) {
  at = Math.min(Math.max(at + step, 0), pairs.length - 1);
  pairs[at].focus({ preventScroll: true });
  pairs[at].scrollIntoView({ block: "start" });
}

addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !pairs.length) { return; }
  if (event.key === "j" || event.key === "k") { go(event.key === "j" ? 1 : -1); return; }
  if (!/^[csmn]$/.test(event.key)) { return; }
  const pair = pairs[Math.max(at, 0)];
  pair.querySelector(`button[data-key="${event.key}"]`)?.click();
});
