/* A <dialog data-auto> opens when content lands in it and empties itself when closed. [data-close] closes the dialog it
   is in, [data-opens="#id"] opens one that is already on the page, and the event dialog:close (HX-Trigger) closes all.
   a[data-peek] opens its record in the drawer; Ctrl-click, the middle button and no JavaScript follow the link. */
behave("dialog[data-auto]", dialog => {
  new MutationObserver(() => {
    if (dialog.childElementCount && !dialog.open) dialog.showModal();
    if (!dialog.childElementCount && dialog.open) dialog.close();
  }).observe(dialog, { childList: true });
  dialog.addEventListener("close", () => dialog.replaceChildren());
  dialog.addEventListener("cancel", event => { if (event.target === dialog && !mayClose(dialog)) event.preventDefault(); });
});
{
const OVERLAYS = "dialog[data-auto], .message-menu";
let coming = null;  // what was asked for and is not there yet: Escape, or asking for something else, gives it up
const giveUp = () => { coming?.request.abort(); coming = null; };
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (ctx.request.method !== "GET" || !ctx.target.matches?.(OVERLAYS)) return;
  giveUp();
  coming = ctx;
});
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => { if (ctx === coming) coming = null; });
document.addEventListener("keydown", event => {
  if (event.key !== "Escape" || !coming) return;
  event.preventDefault();
  event.stopPropagation();
  giveUp();
}, true);

const close = dialog => mayClose(dialog) && dialog.close();
document.addEventListener("click", event => {
  const opener = event.target.closest("[data-opens]"), closer = event.target.closest("dialog [data-close]"), peek = event.target.closest("a[data-peek]");
  if (opener) { event.preventDefault(); document.querySelector(opener.dataset.opens).showModal(); }
  if (closer) { event.preventDefault(); close(closer.closest("dialog")); }
  if (peek && !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    htmx.ajax("GET", `${peek.getAttribute("href")}?peek=1`, { source: peek, target: "#drawer" });
  }
  if (event.target.matches("dialog[open]") && !event.target.matches("[data-keep-open]")) close(event.target);
});
}
document.addEventListener("dialog:close", () => document.querySelectorAll("dialog[open]").forEach(dialog => dialog.close()));
