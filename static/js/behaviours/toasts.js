/* What could not be done is said once, in the visitor's language, with a way to try again. Texts live on #toasts;
   a view says something with HX-Trigger: {"toast": {"text": "…", "kind": "ok"}}. Background refreshes fail silently:
   the dot in the bar already tells, and live.js asks again. */
(() => {
  "use strict";
  const box = document.getElementById("toasts"), quiet = ["live", "every"];
  const button = (label, act) => Object.assign(document.createElement("button"), { type: "button", textContent: label, onclick: act });

  function say(text, kind = "", retry = null) {
    const toast = Object.assign(document.createElement("div"), { className: `toast ${kind}` });
    toast.append(Object.assign(document.createElement("span"), { textContent: text }));
    if (retry) toast.append(button(box.dataset.retry, () => { toast.remove(); retry(); }));
    while (box.childElementCount > 2) box.firstElementChild.remove();
    box.append(toast);
    box.hidePopover?.();
    box.showPopover?.();
    const fade = () => { if (toast.matches(":hover, :focus-within")) setTimeout(fade, 2000); else toast.remove(); };
    setTimeout(fade, 8000);
  }
  function failed(ctx, text) {
    const source = ctx?.sourceElement, cause = ctx?.sourceEvent?.type;
    if (quiet.includes(cause)) return;
    const again = source?.isConnected && cause && (() => source.dispatchEvent(new CustomEvent("toast:retry", { bubbles: true })) && source.matches("form") ? source.requestSubmit() : htmx.trigger(source, cause));
    say(text, "bad", again || null);
  }
  if (!box) return;
  document.addEventListener("htmx:error", ({ detail }) => detail.ctx && failed(detail.ctx, box.dataset.network));
  document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
    if (ctx.response.status >= 500) failed(ctx, box.dataset.server);
    if (ctx.response.status === 429) failed(ctx, box.dataset.busy);
  });
  document.addEventListener("toast", ({ detail }) => say(detail.text, detail.kind));
  document.addEventListener("live:crowded", () => say(box.dataset.crowded, "bad"), { once: true });
  document.addEventListener("live:version", () => say(box.dataset.version, "", () => location.reload()));
})();
