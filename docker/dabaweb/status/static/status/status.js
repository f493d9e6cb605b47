// Refreshes the status in place. The page is the server's own, so there is one way to draw it; without this script it
// reloads itself. While nobody looks, or the site does not answer, it asks less.
"use strict";

const status = document.getElementById("status");
const late = document.getElementById("status-late");
const spoken = document.getElementById("status-spoken");
const every = Number(status.dataset.seconds) * 1000;
const longest = 30000;
let wait = every;
let timer;

async function refresh() {
  const response = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(10000) });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById("status");
  if (!response.ok || fresh === null) {
    throw new Error(`HTTP ${response.status}`);
  }
  status.replaceChildren(...fresh.childNodes);
  const headline = document.getElementById("status-headline").textContent;
  if (spoken.textContent !== headline) {
    spoken.textContent = headline;
  }
}

async function again() {
  try {
    await refresh();
    late.hidden = true;
    wait = every;
  } catch {
    late.hidden = false;
    wait = Math.min(wait * 2, longest);
  }
  plan();
}

function plan() {
  clearTimeout(timer);
  if (!document.hidden) {
    timer = setTimeout(again, wait);
  }
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  if (!document.hidden) {
    again();
  }
});
plan();
