"""What is looked at on every page, by scripts that run beside the page and not in it: its policy stays as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import CDPSession, Page

#: Findings that are not accepted.
GRAVE = ("serious", "critical")
#: What every run of axe is told: it looks at this page as it is, and answers only what is wrong.
LEAN = {"resultTypes": ["violations"], "preload": False, "iframes": False}
CONTRAST = "color-contrast"
#: What is written, and in which colours: two texts of the same tags, classes and states from the body down to them
#: look alike, as the style sheet has nothing else to tell their colours by, so that one of them answers for both. Those
#: that are new are marked for axe; the answer is how they are known.
FRESH = """
((known) => {
  const parts = ["class", "type", "role", "aria-current", "aria-expanded", "disabled", "open", "placeholder"];
  const told = new Map([[document.documentElement, ""]]);
  const look = (one) => {
    if (!told.has(one)) {
      const own = parts.map((name) => one.hasAttribute(name) ? `${name}=${one.getAttribute(name)}` : "").join();
      told.set(one, `${look(one.parentElement)}/${one.tagName}${own}`);
    }
    return told.get(one);
  };
  const written = [...document.body.querySelectorAll("*")].filter((one) => one.matches("input, select, textarea")
    || [...one.childNodes].some((part) => part.nodeType === Node.TEXT_NODE && part.data.trim()));
  const seen = new Set(known);
  const fresh = written.filter((one) => one.checkVisibility() && !seen.has(look(one)) && seen.add(look(one)));
  for (const one of fresh) one.dataset.fresh = "";
  return fresh.map(look);
})
"""
CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex='0']"
#: What Tab comes to, in the order of the page: of a group of radio buttons one, and nothing that is hidden or closed.
FIND = f"""
((place) => {{
  const within = document.querySelector(place);
  const groups = new Set();
  window.reachable = [...within.querySelectorAll({CONTROLS!r})].filter((one) => {{
    if (one.disabled || one.type === "hidden" || one.tabIndex < 0) return false;
    if (!one.checkVisibility({{ visibilityProperty: true }})) return false;
    if (one.type !== "radio") return true;
    const group = (one.form ? one.form.action : "") + one.name;
    const chosen = document.querySelector(`input[type=radio][name="${{one.name}}"]:checked`);
    if (groups.has(group) || (chosen && chosen !== one && chosen.form === one.form)) return false;
    groups.add(group);
    return true;
  }});
  window.reached = [];
  document.addEventListener("focusin", (event) => {{
    const place = window.reachable.indexOf(event.target);
    if (place < 0 || window.reached.some((one) => one.place === place)) return;
    const style = getComputedStyle(event.target);
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none";
    const box = event.target.getBoundingClientRect();
    const seen = box.width > 0 && box.height > 0 && box.right > 0 && box.left < innerWidth;
    window.reached.push({{ place, ring, seen }});
  }});
  // What refreshes itself stays as it is while somebody walks through it.
  Object.defineProperty(document, "hidden", {{ value: true, configurable: true }});
  // Tab goes on from here, wherever the page has put the focus.
  const start = document.createElement("span");
  start.tabIndex = -1;
  within.prepend(start);
  start.focus();
  start.remove();
  const own = new Set(["date", "time", "datetime-local", "month", "week"]);
  return {{ count: window.reachable.length, inner: window.reachable.filter((one) => own.has(one.type)).length,
    wrong: document.querySelectorAll("[tabindex]:not([tabindex='0']):not([tabindex='-1'])").length }};
}})
"""
NAME = "(place) => window.reachable[place].outerHTML.slice(0, 120)"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
#: What sticks out at the right, to say it.
WIDE = """
[...document.querySelectorAll("main *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .filter((one, place, all) => !all.some((other) => other !== one && one.contains(other)))
  .slice(0, 3).map((one) => one.outerHTML.slice(0, 100)).join(" | ")
"""


@dataclass(frozen=True)
class Looker:
    """Looks at the page that is open; each look answers what is wrong."""

    page: Page
    beside: CDPSession
    #: What was seen of colours on the pages before.
    _known: set[str] = field(default_factory=set)

    @classmethod
    def at(cls, page: Page) -> Looker:
        """For a page; the scripts come by the browser's own door, so that no policy has to be loosened for them."""
        return cls(page, page.context.new_cdp_session(page))

    def _run(self, script: str) -> Any:
        answer = self.beside.send(
            "Runtime.evaluate", {"expression": script, "awaitPromise": True, "returnByValue": True}
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def axe(self) -> list[str]:
        """Findings of axe that are serious or critical, in light and in dark."""
        only_fresh = json.dumps({"rules": [{"id": CONTRAST, "selector": "[data-fresh]"}]})
        self._run(f"{AXE_SCRIPT}; axe.configure({only_fresh}); 1")
        fresh = self._run(f"{FRESH}({json.dumps(sorted(self._known))})")
        self._known.update(fresh)
        self.page.emulate_media(color_scheme="light")
        found = self._axe(LEAN)
        if fresh:
            self.page.emulate_media(color_scheme="dark")
            found += [f"dark: {one}" for one in self._axe({**LEAN, "runOnly": [CONTRAST]})]
        return found

    def _axe(self, options: dict[str, Any]) -> list[str]:
        found = self._run(f"axe.run({json.dumps(options)})")
        return [
            f"{one['id']} ({one['impact']}): {one['help']}: {[node['html'][:150] for node in one['nodes'][:3]]}"
            for one in found["violations"]
            if one["impact"] in GRAVE
        ]

    def count(self, selector: str) -> int:
        """How many elements of a kind there are."""
        return int(self._run(f"document.querySelectorAll({json.dumps(selector)}).length"))

    def sideways(self) -> list[str]:
        """Whether the page scrolls sideways."""
        wide = self._run(SIDEWAYS)
        return [f"scrolls sideways by {wide} at {self._run('innerWidth')}: {self._run(WIDE)}"] if wide > 0 else []

    def by_keyboard(self, within: str = "body") -> list[str]:
        """Whether Tab comes to every control of a part, one after the other, and shows where it is."""
        found = self._run(f"{FIND}({json.dumps(within)})")
        for _ in range(found["count"] + 7 * found["inner"]):
            self._press_tab()
        reached = self._run("window.reached")
        places = [one["place"] for one in reached]
        wrong = [f"{found['wrong']} controls have an order of their own"] if found["wrong"] else []
        wrong += [f"Tab does not reach {self._name(place)}" for place in range(found["count"]) if place not in places]
        if places != sorted(places):
            wrong.append(f"Tab jumps: {places}")
        wrong += [
            f"focus is not seen on {self._name(one['place'])}" for one in reached if not (one["ring"] and one["seen"])
        ]
        return wrong

    def _press_tab(self) -> None:
        key = {"type": "rawKeyDown", "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
        self.beside.send("Input.dispatchKeyEvent", key)

    def _name(self, place: int) -> str:
        return str(self._run(f"({NAME})({place})"))
