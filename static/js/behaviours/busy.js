/* The button that was pressed shows that its form is on its way (aria-busy): not its neighbours, and whoever sends it. */
(() => {
  "use strict";
  const rest = root => root.querySelectorAll("[aria-busy=true]").forEach(button => button.removeAttribute("aria-busy"));
  document.addEventListener("submit", ({ submitter, defaultPrevented }) => { if (!defaultPrevented) submitter?.setAttribute("aria-busy", "true"); });
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => ctx.request.submitter?.setAttribute("aria-busy", "true"));
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => { if (!ctx.keepIndicators) ctx.request.submitter?.removeAttribute("aria-busy"); });
  addEventListener("pageshow", () => rest(document));
})();
