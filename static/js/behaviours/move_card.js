/* Shift+Left/Right on a card presses its [data-move-prev] / [data-move-next] button, and the focus follows the card. */
(() => {
  "use strict";
  let moving = "";
  document.addEventListener("keydown", event => {
    const name = { ArrowLeft: "[data-move-prev]", ArrowRight: "[data-move-next]" }[event.key];
    const card = event.target.closest?.("[data-drag-id]");
    if (!name || !card || !event.shiftKey || event.target.matches("input, textarea, select")) return;
    event.preventDefault();
    const button = card.querySelector(name);
    if (!button || button.disabled) return;
    moving = card.id;
    button.click();
  });
  document.addEventListener("htmx:after:settle", () => {
    const card = moving && document.getElementById(moving);
    if (!card || (document.activeElement !== document.body && document.activeElement?.isConnected && !card.contains(document.activeElement))) return;
    card.querySelector("a, button")?.focus();
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  document.addEventListener("focusin", event => { if (!event.target.closest("[data-drag-id]")) moving = ""; });
})();
