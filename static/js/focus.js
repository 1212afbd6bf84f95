/* The focus never falls to the body because what had it was replaced or removed: it goes to its successor (same id, else
   the same control in the nearest ancestor that is still there), else to the first control of what came in its place.
   Words typed after a form left, or beside it, are carried into the control that replaces theirs. */
(() => {
  "use strict";
  const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
  const TYPED = "textarea, input:not([type=hidden], [type=radio], [type=checkbox], [type=file], [type=submit], [type=button])";
  const named = ["name", "href", "formaction", "popovertarget", "aria-labelledby"];
  const sent = new WeakMap();
  let last = null, outside = null, pressing = false, looking = 0;

  const isShown = element => element.isConnected && !element.disabled && element.checkVisibility({ visibilityProperty: true });
  function describe(element) {
    const near = [], isChoice = element.matches("[type=radio], [type=checkbox], button");
    for (let up = element; up; up = up.parentElement) if (up.id) near.push(up.id);
    return { near, tag: element.localName, says: named.map(name => element.getAttribute(name)).join("|") + (isChoice ? element.value : ""),
      label: element.ariaLabel || (element.matches("a, button, summary") ? element.textContent.trim() : ""), words: [element.selectionStart, element.selectionEnd] };
  }
  function sameIn(around, was) {
    if (around.id === was.near[0] && around.localName === was.tag && around.matches(CONTROLS)) return isShown(around) && around;
    const same = [...around.querySelectorAll(was.tag)].filter(one => isShown(one) && describe(one).says === was.says);
    return same.find(one => describe(one).label === was.label) || same[0];
  }
  function successor(was) {
    for (const id of was.near) {
      const around = document.getElementById(id);
      if (!around?.checkVisibility()) continue;
      const body = around.querySelector(":scope > .dialog-body") || around;
      const found = sameIn(around, was) || around.querySelector("[autofocus]") || [...body.querySelectorAll(CONTROLS)].find(isShown);
      if (found) return found;
    }
    return document.querySelector("dialog[open]") || document.getElementById("main");
  }
  function focus(was, there = was && successor(was)) {
    if (!there) return;
    there.focus({ preventScroll: true });
    if (there.localName === was.tag && there.matches("textarea, [type=text], [type=search]") && was.words[0] !== null) there.setSelectionRange(...was.words);
  }
  window.places = { describe, focus };

  const isOver = overlay => overlay && !(overlay.isConnected && (overlay.matches("dialog") ? overlay.open : overlay.checkVisibility()));  // one that fades is still seen
  const isLost = () => document.activeElement === document.body && last;
  function look() {
    if (isLost() && !isShown(last.element)) focus(isOver(last.overlay) ? outside : last);
  }
  /* The same control is taken at once, or the next key would be lost; for another one what else is coming is waited for. */
  function lookSoon(records = []) {
    if (!isLost()) return;
    const isMoved = isShown(last.element) && records.some(({ addedNodes }) => [...addedNodes].some(node => node.contains(last.element)));
    const around = document.getElementById(last.near[0]), same = isMoved ? last.element : !isShown(last.element) && around && sameIn(around, last);
    if (same) return focus(last, same);
    cancelAnimationFrame(looking);
    looking = requestAnimationFrame(look);
  }
  document.addEventListener("focusin", ({ target }) => {
    last = { element: target, overlay: target.closest("dialog, [popover]"), ...describe(target) };
    if (!last.overlay) outside = last;
  });
  document.addEventListener("focusout", ({ relatedTarget }) => { if (!relatedTarget && pressing) last = null; });  // somebody clicked beside it
  for (const kind of ["pointerdown", "mousedown"]) addEventListener(kind, () => { pressing = true; setTimeout(() => { pressing = false; }); }, true);
  new MutationObserver(lookSoon).observe(document.documentElement, { subtree: true, childList: true });
  for (const kind of ["close", "toggle"]) document.addEventListener(kind, () => lookSoon(), true);

  /* The page that comes after a form begins where that was sent from, another page at its heading. */
  const note = () => { try { sessionStorage.sent = JSON.stringify([location.pathname, describe(document.activeElement)]); } catch { /* forbidden */ } };
  function begin() {
    let path, was;
    try { [path, was] = JSON.parse(sessionStorage.sent); delete sessionStorage.sent; } catch { return; }
    if (document.activeElement !== document.body || document.querySelector("[autofocus]")) return;
    if (path === location.pathname) return focus(was);
    for (const there of document.querySelectorAll("#main, #main h1")) {
      there.tabIndex = -1;
      there.focus({ preventScroll: true });
    }
  }
  document.addEventListener("submit", ({ defaultPrevented }) => defaultPrevented || note());
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => ctx.hx?.redirect && note());
  document.addEventListener("DOMContentLoaded", begin);

  /* The browser would put what begins in the middle of the page; it moves no farther than to show all of its form. */
  function begun(field) {
    field.toggleAttribute("data-focus", false), field.toggleAttribute("autofocus", true);
    field.focus({ preventScroll: true });
    (field.form || field).scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    for (const control of ctx.request.form?.elements || []) if (control.matches(TYPED)) sent.set(control, control.value);
  });
  document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
    for (const { fragment } of tasks) for (const field of fragment?.querySelectorAll("[autofocus]") || []) field.toggleAttribute("data-focus", true), field.removeAttribute("autofocus");
    const replaced = tasks.filter(({ target, swapSpec }) => target?.querySelectorAll && /HTML$/.test(swapSpec.style)).flatMap(({ target }) => [...target.querySelectorAll(TYPED)]);
    ctx.typed = replaced.filter(one => one.value !== one.defaultValue && one.value !== sent.get(one)).map(one => ({ ...describe(one), value: one.value }));
  });
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    for (const field of document.querySelectorAll("[data-focus]")) begun(field);
    look();
    for (const was of ctx.typed || []) {
      const around = document.getElementById(was.near[0]), there = around && sameIn(around, was);
      if (!there || there.value === was.value) continue;
      there.value = was.value;
      there.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
})();
