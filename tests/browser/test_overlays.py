"""Everything that opens is looked at: found by walking the pages, opened, and measured wide and on a phone with a finger.
What is pressed on the pages themselves is measured on the way.

Its labels are whole and inside the window; nothing that is pressed is under 24 px, with a finger under 44.
"""

from __future__ import annotations

from playwright.sync_api import Error, Page

from tests.browser.test_accessibility import AT_REST, PHONE, WIDE, Company, company  # noqa: F401  (fixture)

OPENERS = "details.menu > summary, [popovertarget]:not([popovertargetaction=hide]), [hx-target='#dialog'][hx-get], [hx-target='#drawer'][hx-get], a[data-peek], .deal .move, [data-message-menu]"
# What opens the same thing of another record is the same opener.
FIND = """([openers, seen]) => {
  const name = node => node.matches(".deal .move") ? "a card's move" : [node.tagName, node.className, ["href", "hx-get", "popovertarget", "aria-label"].map(key => node.getAttribute(key) || "").join(" ")
      || node.textContent].join(" ").replace(/[0-9]+/g, "0").replace(/\\?.*/, "").trim();
  const top = document.querySelector("dialog[open]") || document;
  return [...top.querySelectorAll(openers)].filter(node => node.checkVisibility() && node.getBoundingClientRect().width > 1).map(node => {
    node.dataset.walk = name(node); return node.dataset.walk;
  }).filter((found, at, all) => all.indexOf(found) === at && !seen.includes(found)) }"""
# Found and pressed in one go: a live change in between would take the names away.
PRESS = f"""([openers, name]) => {{
  ({FIND})([openers, []]);
  const found = [...document.querySelectorAll("[data-walk]")].find(node => node.dataset.walk === name);
  found?.scrollIntoView({{ block: "center", inline: "center", behavior: "instant" }});
  found?.click(); }}"""
OPEN = "() => Boolean(document.querySelector('dialog[open] > *, :popover-open:not(.toasts), details.menu[open] > .menu-list'))"
MEASURE = """least => {
  const root = document.querySelector("dialog[open]") || document.querySelector(":popover-open:not(.toasts)") || document.querySelector("details.menu[open] > .menu-list");
  if (!root || !root.checkVisibility()) return [];  // another size has another way
  const found = [], box = root.getBoundingClientRect(), what = node => (node.ariaLabel || node.textContent || node.tagName).trim().slice(0, 40);
  if (box.width < 180) found.push(`only ${box.width} px wide`);
  if (box.left < -1 || box.right > innerWidth + 1 || box.top < -1 || box.bottom > innerHeight + 1) found.push(`outside the window: ${box.left} ${box.top} ${box.right} ${box.bottom}`);
  for (const node of root.querySelectorAll("*")) {
    const mine = node.getBoundingClientRect(), style = getComputedStyle(node);
    if (mine.width <= 1 || !node.checkVisibility() || node.closest("svg, .sr, [dir=auto]:not(a, button)")) continue;
    const hasText = [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim());
    if (hasText && (mine.left < box.left - 1 || mine.right > box.right + 1)) found.push(`cut off at the side: ${what(node)}`);
    if (hasText && !node.matches("[dir=auto], select *, option") && node.scrollWidth > node.clientWidth + 1 && style.overflowX !== "visible" && style.display !== "inline")
      found.push(`label not whole: ${what(node)}`);
    if (!node.matches("a[href], button, summary, select, textarea, input:not([type=hidden])") || style.display === "inline") continue;
    const target = node.matches("[type=checkbox], [type=radio]") && node.closest("label") ? node.closest("label").getBoundingClientRect() : mine;
    if (target.height < least - .5 || target.width < 24) found.push(`${Math.round(target.width)} x ${Math.round(target.height)}: ${what(node)}`);
  }
  return found; }"""

# What is pressed on the page itself; a link inside a sentence is as tall as its line, and what is around may answer too.
CONTROLS = """least => {
  const at = (node, x, y) => { const hit = document.elementFromPoint(x, y), label = node.closest("label"); return hit && (node.contains(hit) || label?.contains(hit)); };
  const inSentence = node => {
    if (getComputedStyle(node).display !== "inline") return false;
    let around = node.parentElement;
    while (getComputedStyle(around).display === "inline") around = around.parentElement;
    return around.textContent.trim().length > node.textContent.trim().length + 2;
  };
  const small = node => {
    const box = (node.matches("[type=checkbox], [type=radio]") && node.closest("label") || node).getBoundingClientRect();
    if (box.height >= least - .5 && box.width >= 24) return "";
    node.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
    const mine = node.getBoundingClientRect(), x = mine.left + Math.min(mine.width / 2, 12), y = mine.top + mine.height / 2;
    if (at(node, x, y - least / 2 + 1) && at(node, x, y + least / 2 - 1)) return "";
    return `${Math.round(box.width)} x ${Math.round(box.height)}: ${node.tagName}.${node.className} ${(node.ariaLabel || node.textContent).trim().slice(0, 40)}`;
  };
  return [...document.querySelectorAll("a[href], button, summary, select, textarea, input:not([type=hidden])")].filter(node =>
    node.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && node.getBoundingClientRect().width > 1 && !node.disabled
    && !node.closest(".sr, .skip, dialog, [popover]") && !inSentence(node)).map(small).filter(Boolean); }"""


class Walk:
    """One page of a browser, and what was opened on it so far."""

    def __init__(self, page: Page) -> None:
        self.page, self.seen, self.found = page, list[str](), list[str]()
        self.finger = page.context.new_cdp_session(page)

    def size(self, size: dict[str, int]) -> None:
        touch = {"enabled": size is PHONE, "maxTouchPoints": 1}
        self.finger.send("Emulation.setTouchEmulationEnabled", touch)
        self.page.set_viewport_size(size)

    def go(self, path: str, size: dict[str, int], chain: tuple[str, ...] = ()) -> bool:
        """The page at rest with the last of `chain` open. False: it is not there any more."""
        self.size(size)
        self.page.goto(path)
        self.page.wait_for_function(AT_REST)
        for name in chain:
            self.page.evaluate(PRESS, [OPENERS, name])
            try:
                self.page.wait_for_function(OPEN, timeout=60_000)
                self.page.wait_for_function(AT_REST)
            except Error:
                self.found.append(f"{path}: {chain} opened nothing")
                return False
        return True

    def look(self, path: str, size: dict[str, int], chain: tuple[str, ...]) -> None:
        if not self.go(path, size, chain):
            return
        inside = self.new() if len(chain) == 1 else []
        for now in (size, PHONE) if size is WIDE else (PHONE,):
            self.size(now)
            least = 44 if now is PHONE else 24
            self.found += [
                f"{path} {now['width']} {chain[-1]}: {what}" for what in self.page.evaluate(MEASURE, least)
            ]
        for name in inside:
            self.look(path, size, (*chain, name))

    def new(self) -> list[str]:
        names = self.page.evaluate(FIND, [OPENERS, self.seen])
        self.seen += names
        return names

    def page_at(self, path: str) -> None:
        self.go(path, WIDE)
        openers = []
        for size, least in ((WIDE, 24), (PHONE, 44)):
            self.size(size)
            openers += [(name, size) for name in self.new()]
            self.found += [f"{path} {size['width']}: {what}" for what in self.page.evaluate(CONTROLS, least)]
        for name, size in openers:
            self.look(path, size, (name,))


def test_whatever_opens_shows_its_labels_whole_and_all_can_be_pressed(open_as, console, company: Company):  # noqa: F811
    console.allow("404 .*/leads/999999")
    walk = Walk(open_as(company.lucia, "/", reduced_motion="reduce"))
    for path in company.pages.values():
        walk.page_at(path)
    assert len(walk.seen) > 15, walk.seen
    assert not walk.found, f"{len(walk.found)} things:\n" + "\n".join(walk.found)
