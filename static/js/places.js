/* Back, Forward and a reload show what was there: rows, scroll and focus are kept for each entry of the history
   (sessionStorage). To an address this very page pushed, its content is swapped for what the server says now; a part that
   knows a shorter way takes the event place:restore. What opens over a page is an entry too: Back closes it first; closed
   otherwise, its entry is passed over and taken by the next address. Addresses hold no empty words, and what is typed or
   walked over by keys in one field is one entry, not one per letter. */
(() => {
  "use strict";
  const OVERLAYS = "dialog, .sheet, .side, .message-menu", MOST = 60, { describe, focus } = window.places, where = new Map();
  const address = () => location.pathname + location.search;
  const read = () => { try { return JSON.parse(sessionStorage.places); } catch { return {}; } };
  let here = history.state?.place, at = address(), isOver = Boolean(history.state?.over), turn = 0, isUnderWay = false, typing = null, keyed = null;

  const fresh = () => `${Date.now()}${Math.random()}`;
  const enter = place => { here = place; at = address(); isOver = false; history.replaceState({ htmx: true, place }, ""); };
  const enterNew = () => enter(fresh());
  const pathOf = element => element.id ? `#${CSS.escape(element.id)}` : element === document.documentElement ? "html"
    : `${pathOf(element.parentElement)} > :nth-child(${[...element.parentElement.children].indexOf(element) + 1})`;
  const rowsOf = list => [...list.children].filter(row => row.id).length;

  function save() {
    if (isUnderWay) return;
    const scroll = [...where].filter(([box]) => box.isConnected).map(([box, [left, top, below]]) => [pathOf(box), left, top, box.dataset.keepScroll === undefined ? null : below]);
    const shown = [...document.querySelectorAll("[data-shown]")].map(list => [list.dataset.shown, rowsOf(list)]);
    const active = document.activeElement, all = read();
    delete all[here];
    all[here] = { scroll, shown, focus: active === document.body ? null : describe(active) };
    try { sessionStorage.places = JSON.stringify(Object.fromEntries(Object.entries(all).slice(-MOST))); } catch { /* full: the top is shown */ }
  }
  function scrollBack(kept) {
    for (const [path, left, top, below] of kept.scroll) {
      const box = document.querySelector(path);
      box?.scrollTo({ left, top: below === null ? top : box.scrollHeight - below, behavior: "instant" });
    }
  }
  function show(kept) {
    if (!kept) return;
    scrollBack(kept);
    if (kept.focus) focus(kept.focus);
    for (const [name, count] of kept.shown) {
      const list = document.querySelector(`[data-shown="${name}"]`), region = list?.closest("[data-live-topic]");
      if (!region || rowsOf(list) >= count) continue;
      list.dataset.least = count;
      region.dataset.changesWanted = "";
      region.addEventListener("htmx:after:swap", () => scrollBack(kept), { once: true });
      htmx.trigger(region, "live");
    }
  }
  const isDirty = dialog => [...dialog.querySelectorAll("textarea, input:not([type=hidden])")].some(one => one.value !== one.defaultValue);

  async function restore(path, kept, mine) {
    const shown = kept?.shown.map(said => said.join("=")).join(" ");
    const answer = await fetch(path, { headers: { "HX-History-Restore-Request": "true", ...shown && { "X-Shown": shown } } }).catch(() => null);
    if (mine !== turn) return;
    if (!answer) return setTimeout(() => mine === turn && restore(path, kept, mine), 2000);
    if (!answer.ok || answer.redirected) return location.reload();
    const text = (await answer.text()).replace(/<script\b[^>]*><\/script>/g, "");
    await hold.released();
    if (mine !== turn) return;
    words.flush();
    document.querySelectorAll("dialog[open]").forEach(dialog => isDirty(dialog) || dialog.close());
    await htmx.swap({ sourceElement: document.body, target: document.querySelector(".app"), select: ".app", swap: "outerHTML", text });
    arrived(kept);
  }
  const isCovered = () => [...document.querySelectorAll(OVERLAYS)].some(one => one.open || one.matches(":popover-open"));
  function cover() {
    if (isOver) return;
    save();
    isOver = true;
    here = fresh();
    history.pushState({ htmx: true, place: here, over: true }, "");
  }
  function uncover() {
    if (![...document.querySelectorAll("dialog[open]")].every(mayClose)) return setTimeout(() => history.forward());
    document.querySelectorAll(":popover-open:is(.sheet, .side)").forEach(one => one.hidePopover());
    document.dispatchEvent(new CustomEvent("dialog:close"));
  }
  /* Between a page and what opened over it nothing is loaded. */
  function isBeside(path) {
    const wasOver = isOver, isSame = path === at;
    isOver = Boolean(history.state.over);
    at = path;
    if (!isSame || wasOver === isOver) return false;
    if (isCovered()) { if (wasOver) uncover(); } else setTimeout(() => history.go(wasOver ? -1 : 1));
    return true;
  }
  document.addEventListener("toggle", ({ target, newState }) => { if (newState === "open" && target.matches(OVERLAYS)) cover(); }, true);

  function arrived(kept) { isUnderWay = false; show(kept); }
  Object.assign(window.places, { save });

  document.addEventListener("scroll", ({ target }) => {
    const box = target === document ? document.documentElement : target;
    if (box.clientHeight) where.set(box, [box.scrollLeft, box.scrollTop, box.scrollHeight - box.scrollTop]);
  }, { capture: true, passive: true });

  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    if (ctx.request.method !== "GET" || !(ctx.request.body instanceof FormData)) return;
    for (const [name, value] of [...ctx.request.body]) if (value === "") ctx.request.body.delete(name);
  });
  document.addEventListener("htmx:before:history:update", event => {
    const { history: change, sourceElement } = event.detail, field = document.activeElement;
    if (change.path === address()) return event.preventDefault();
    const isOne = field.matches("[type=search], [type=text]") || (field === keyed && field.matches("select, input:not([type=radio], [type=checkbox])"));
    const words = isOne && sourceElement?.contains(field) ? field : null;
    if (words && words === typing) change.type = "replace";
    typing = words;
    save();
    if (isOver) change.type = "replace";
  });
  document.addEventListener("focusout", () => { typing = keyed = null; });
  document.addEventListener("keydown", ({ target }) => { keyed = target; }, true);  // what keys walk over, or type digit by digit
  document.addEventListener("pointerdown", () => { keyed = null; }, true);
  document.addEventListener("htmx:after:history:push", enterNew);
  document.addEventListener("htmx:after:history:replace", () => enter(here));
  document.addEventListener("htmx:before:history:restore", event => {
    const mine = ++turn, { path } = event.detail;
    event.preventDefault();
    save();
    here = history.state.place;
    if (isBeside(path)) return;
    const kept = read()[here], asked = new CustomEvent("place:restore", { cancelable: true, detail: { path, stillWanted: () => mine === turn, arrived: () => mine === turn && arrived(kept) } });
    typing = null;
    isUnderWay = true;
    if (document.dispatchEvent(asked)) restore(path, kept, mine);
  });
  addEventListener("pagehide", save);

  const isReturn = ["back_forward", "reload"].includes(performance.getEntriesByType("navigation")[0]?.type);
  if (!here) enterNew();
  else if (isReturn) document.addEventListener("DOMContentLoaded", () => show(read()[here]));
})();
