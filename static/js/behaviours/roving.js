/* [data-roving="selector"]: a list is one stop of the Tab key. Arrows, Home and End walk its items; [data-roving-columns]
   names columns, and then left and right go across. What an item holds is reached by Tab from the
   item itself; what can be done with a message, by Enter (bubbles.js). */
(() => {
  "use strict";
  const PRESSABLE = "a[href], button, input, select, textarea, summary, audio, video, [tabindex]";
  const last = new WeakMap();
  const itemsOf = list => [...list.querySelectorAll(list.dataset.roving)];
  const listOf = node => node.closest?.("[data-roving]");
  const itemOf = (list, node) => node.closest(list.dataset.roving);

  function settle(list) {
    const items = itemsOf(list), focused = list.contains(document.activeElement) && itemOf(list, document.activeElement);
    const kept = items.find(item => item.id && item.id === last.get(list));
    const now = focused || kept || items.find(item => item.matches("[aria-current]")) || items.at(list.dataset.rovingFrom === "end" ? -1 : 0);
    for (const item of items) reach(item, item === now);
    for (const node of list.querySelectorAll("[data-roving-box]")) node.tabIndex = -1;
    if (list.matches("[tabindex]")) list.tabIndex = items.length ? -1 : 0;
  }
  function reach(item, isReached) {
    const links = item.matches("a, button") ? [] : [...item.querySelectorAll(PRESSABLE)];
    for (const node of links) if (isReached && !node.closest(".hover-bar")) node.removeAttribute("tabindex"); else node.tabIndex = -1;
    const into = focusOf(item);
    if (into) into.tabIndex = isReached ? 0 : -1;
  }
  const focusOf = item => item.matches("article, a, button") ? item : item.querySelector(PRESSABLE);

  function next(list, item, key) {
    const columns = list.dataset.rovingColumns && [...list.querySelectorAll(list.dataset.rovingColumns)];
    const column = columns && item.closest(list.dataset.rovingColumns), items = column ? [...column.querySelectorAll(list.dataset.roving)] : itemsOf(list);
    const at = items.indexOf(item), side = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (column && side) {
      for (let there = columns.indexOf(column) + side; columns[there]; there += side) {
        const others = columns[there].querySelectorAll(list.dataset.roving);
        if (others.length) return others[Math.min(at, others.length - 1)];
      }
      return null;
    }
    const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[key];
    return step ? items[at + step] : { Home: items[0], End: items.at(-1) }[key];
  }

  document.addEventListener("keydown", event => {
    const list = listOf(event.target), item = list && itemOf(list, event.target);
    if (!item || event.defaultPrevented || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input, select, textarea, audio, video, summary")) return;
    const to = next(list, item, event.key);
    if (!to) return;
    event.preventDefault();
    focusOf(to)?.focus();
    to.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  document.addEventListener("focusin", event => {
    const list = listOf(event.target), item = list && itemOf(list, event.target);
    if (!item) return;
    if (item.id) last.set(list, item.id);
    settle(list);
  });
  behave("[data-roving]", list => new MutationObserver(() => settle(list)).observe(list, { childList: true, subtree: true }) || settle(list));
  document.addEventListener("htmx:after:settle", () => document.querySelectorAll("[data-roving]").forEach(settle));
})();
