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
  if (before && part.querySelector("[data-unfinished]") === null) part.dataset.over = "1";
  // What was waited for is there: on to its page.
  const onward = before ? part.querySelector("[data-go]") : null;
  if (onward) location.assign(onward.dataset.go);
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
  // A press whose answer is a file leaves the page as it is: it may be pressed again.
  if (event.target.method !== "post" || event.target.dataset.again !== undefined) return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// The menu may be longer than the screen: where one is stays in sight.
document.querySelector(".menu [aria-current]")?.scrollIntoView({ block: "nearest" });

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

// Parts that take their time and are asked for once the page is there: <div data-load="address">.
async function loading(part) {
  try {
    const answer = await fetch(part.dataset.load, { headers: { "X-Poll": "1" }, credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    replace(part, await answer.text());
  } catch (error) {
    const waits = part.querySelector("[data-waits]");
    if (waits) waits.textContent = "This could not be asked for. Load the page again.";
  }
}

// A form whose meaning is shown while it is filled in: <form data-show="address" data-into="id of where">.
let typing = 0;
document.addEventListener("input", (event) => {
  const form = event.target instanceof Element ? event.target.closest("form[data-show]") : null;
  if (!form) return;
  clearTimeout(typing);
  typing = setTimeout(async () => {
    const given = new URLSearchParams(new FormData(form));
    given.delete("csrf_token");
    const asked = given.toString();
    form.dataset.asked = asked;
    try {
      const answer = await fetch(`${form.dataset.show}?${asked}`, { headers: { "X-Poll": "1" }, credentials: "same-origin" });
      // Only the answer to what stands there now is shown.
      if (answer.ok && form.dataset.asked === asked) replace(document.getElementById(form.dataset.into), await answer.text());
    } catch (error) {
      // The hub is gone for a moment: what was shown stays, and the next letter asks again.
    }
  }, 150);
});

// Who types another value chooses it: <input data-chooses="name of the radio buttons">.
document.addEventListener("input", (event) => {
  const box = event.target;
  if (!(box instanceof HTMLInputElement) || !box.dataset.chooses) return;
  for (const one of box.form.elements[box.dataset.chooses]) if (one.value === "own") one.checked = true;
});

for (const part of document.querySelectorAll("[data-refresh]")) refreshing(part);
for (const part of document.querySelectorAll("[data-load]")) loading(part);
