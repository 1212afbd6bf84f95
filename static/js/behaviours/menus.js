/* details[data-menu]: one open at a time, Esc and an outside click close it, arrows walk its items (also a popover's). */
(() => {
  "use strict";
  const open = () => document.querySelectorAll("details[data-menu][open]");
  document.addEventListener("click", event => open().forEach(menu => {
    if (!menu.contains(event.target) || event.target.closest(".menu-item")) menu.open = false;
  }));
  document.addEventListener("keydown", event => {
    const menu = event.target.closest?.("details[data-menu][open], [popover].menu-list");
    if (!menu) return;
    if (event.key === "Escape" && !menu.popover) { menu.open = false; menu.querySelector("summary").focus(); event.stopPropagation(); }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target.matches("input, select, textarea")) return;
    event.preventDefault();
    const items = [...menu.querySelectorAll(".menu-item:not(:disabled)")];
    items.at((items.indexOf(event.target) + step + items.length) % items.length)?.focus();
  });
})();
