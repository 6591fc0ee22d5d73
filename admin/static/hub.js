// What makes the console livelier; every page works without it.
"use strict";

// Parts of a page that refresh themselves: <div data-refresh="address" data-every="seconds">.
function refreshing(part) {
  const every = Number(part.dataset.every || 5) * 1000;
  let wait = every;
  async function once() {
    if (document.hidden) return;
    try {
      const answer = await fetch(part.dataset.refresh, { headers: { "X-Poll": "1" }, credentials: "same-origin" });
      if (answer.status === 401) { location.reload(); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      replace(part, await answer.text());
      wait = every;
    } catch (error) {
      // The hub is gone for a moment: it is asked less and less often.
      wait = Math.min(wait * 2, 60000);
    }
  }
  async function again() {
    await once();
    if (part.dataset.over === undefined) setTimeout(again, wait);
  }
  setTimeout(again, every);
}

function replace(part, text) {
  const held = document.activeElement;
  // Whoever is about to choose or type something is not disturbed.
  if (held && part.contains(held) && held.matches("input, select, textarea, summary")) return;
  const id = held && part.contains(held) ? held.id : "";
  const open = [...part.querySelectorAll("details[data-keep][open]")].map((one) => one.dataset.keep);
  const made = new DOMParser().parseFromString(text, "text/html");
  const before = part.querySelector("[data-unfinished]") !== null;
  part.replaceChildren(...made.body.childNodes);
  for (const one of part.querySelectorAll("details[data-keep]")) one.open = open.includes(one.dataset.keep);
  if (id) document.getElementById(id)?.focus();
  if (before && part.querySelector("[data-unfinished]") === null) {
    part.dataset.over = "1";
    // What came of it is to be seen elsewhere on the page.
    if (part.dataset.thenReload !== undefined) location.reload();
  }
}

document.addEventListener("change", (event) => {
  const box = event.target;
  if (!(box instanceof HTMLInputElement) || !box.dataset.tickAll) return;
  for (const one of box.form.querySelectorAll(`input[name="${box.dataset.tickAll}"]`)) one.checked = box.checked;
});

// A link whose answer is shown in its place: <a data-fill="id of where">.
document.addEventListener("click", async (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-fill]") : null;
  if (!link) return;
  event.preventDefault();
  const place = document.getElementById(link.dataset.fill);
  place.textContent = "counting…";
  const answer = await fetch(link.href, { headers: { "X-Poll": "1" }, credentials: "same-origin" });
  place.textContent = answer.ok ? `${await answer.text()} match` : "could not be counted";
});

// The same press twice is a mistake of the mouse.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// On a narrow screen the menu opens by its button; without this script it stays open.
const menuButton = document.getElementById("menu-button");
if (menuButton) {
  const menu = document.getElementById("menu");
  menuButton.hidden = false;
  menu.classList.add("closed");
  menuButton.addEventListener("click", () => {
    menuButton.setAttribute("aria-expanded", String(!menu.classList.toggle("closed")));
  });
}

for (const part of document.querySelectorAll("[data-refresh]")) refreshing(part);
