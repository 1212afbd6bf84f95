/* What can be done with a message opens at its bubble: [data-message-menu] asks for it, and so do Enter on the message and a
   long press of a finger. On a phone the same is a sheet. It closes with Escape, a press beside it, or what was chosen.
   A manual popover: the finger that opened it is still down; lifting it would dismiss an automatic one. */
(() => {
  "use strict";
  const PRESS = 450, SLOP = 10;
  const menu = () => document.getElementById("message-menu"), bubbleOf = node => node.closest?.("article.msg");
  let press = null, held = false, before = null;

  function open(link) {
    const list = menu(), { id } = bubbleOf(link), kind = link.dataset.messageMenu;
    before = document.activeElement;
    htmx.ajax("GET", link.getAttribute("href"), { source: link, target: list }).then(() => {
      const bubble = document.getElementById(id), now = bubble?.querySelector(`[data-message-menu="${kind}"]`);  // drawn anew, maybe
      if (!list.childElementCount || !list.isConnected || !now) return;
      now.setAttribute("aria-expanded", "true");
      bubble.dataset.menuOpen = "";
      list.showPopover({ source: now });
      list.querySelector(kind ? "button" : ".menu-item")?.focus();
    });
  }
  function close(back) {
    const list = menu();
    if (!list?.matches(":popover-open")) return;
    list.hidePopover();
    list.replaceChildren();
    document.querySelectorAll("[data-menu-open]").forEach(bubble => delete bubble.dataset.menuOpen);
    document.querySelectorAll("[data-message-menu][aria-expanded]").forEach(link => link.removeAttribute("aria-expanded"));
    if (back && before?.isConnected) before.focus({ preventScroll: true });
  }
  const openAt = bubble => { const link = bubble?.querySelector("[data-message-menu='']"); if (link) open(link); return Boolean(link); };
  const forget = () => { clearTimeout(press?.timer); press = null; };

  document.addEventListener("click", event => {
    if (held) { held = false; event.preventDefault(); event.stopPropagation(); return; }
    const link = event.target.closest?.("[data-message-menu]");
    if (!link || !menu() || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link);
  }, true);
  document.addEventListener("click", event => { if (menu()?.contains(event.target) && event.target.closest(".menu-item")) close(true); });
  document.addEventListener("pointerdown", event => {
    held = false;
    forget();
    if (menu() && !menu().contains(event.target) && !event.target.closest("[data-message-menu]")) close(false);
    const bubble = event.pointerType === "touch" && event.isPrimary && menu() && bubbleOf(event.target);
    if (!bubble || event.target.closest("audio, video")) return;
    press = { x: event.clientX, y: event.clientY, timer: setTimeout(() => { held = openAt(bubble); if (held) navigator.vibrate?.(10); }, PRESS) };
  });
  document.addEventListener("pointermove", event => { if (press && Math.hypot(event.clientX - press.x, event.clientY - press.y) > SLOP) forget(); });
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, forget);
  document.addEventListener("contextmenu", event => { if ((press || held) && bubbleOf(event.target)) event.preventDefault(); });
  document.addEventListener("keydown", event => {
    if (event.key === "Escape" && menu()?.matches(":popover-open")) { close(true); event.stopPropagation(); }
    if (event.key === "Enter" && event.target.matches?.("article.msg") && menu() && openAt(event.target)) event.preventDefault();
  });
  document.addEventListener("dialog:close", () => close(true));
})();
