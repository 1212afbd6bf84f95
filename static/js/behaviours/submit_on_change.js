/* form[data-submit-on-change] sends itself when a choice is made; without JavaScript its button does. In a form that changes
   something, a key that only passes over the choices of a select is none: it waits for Enter or the button (data-live-hold: nothing redraws it meanwhile), and
   Escape, or leaving the form, puts back what is true. So does whatever refused the choice or took it back. */
(() => {
  "use strict";
  const ours = node => { const form = node.form || node.closest?.("form"); return form?.matches("[data-submit-on-change]") ? form : null; };
  const changes = form => form.method === "post", passing = new WeakSet(), tried = new WeakMap(), flying = new WeakSet();
  let pressed = null;
  const settle = form => { delete form.dataset.liveHold; form.reset(); };

  document.addEventListener("keydown", event => {
    pressed = null;
    const select = event.target, form = select.matches?.("select") && ours(select);
    if (!form || !changes(form)) return;
    if (event.key === "Enter") passing.delete(select); else passing.add(select);
    if (!("liveHold" in form.dataset)) return;
    if (event.key === "Enter") { event.preventDefault(); form.requestSubmit(); }
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); settle(form); }
  }, true);
  document.addEventListener("pointerdown", ({ target }) => { pressed = target; passing.delete(target.closest("select")); }, true);
  document.addEventListener("change", ({ target }) => {
    const form = ours(target);
    if (!form || target.matches("[data-no-submit], [type=search]")) return;
    if (changes(form) && passing.has(target)) form.dataset.liveHold = ""; else form.requestSubmit();
  });
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    const form = ours(target);
    if (form && "liveHold" in form.dataset && !form.contains(relatedTarget) && !form.contains(pressed)) settle(form);
  });
  document.addEventListener("htmx:config:request", ({ target }) => {
    if (!target.matches?.("form[data-submit-on-change]") || !changes(target)) return;
    delete target.dataset.liveHold;
    flying.add(target);
    const select = target.querySelector("select");
    if (select) tried.set(target, select.value);
  });
  document.addEventListener("htmx:finally:request", ({ target, detail: { ctx } }) => {
    flying.delete(target);
    if (target.matches?.("form[data-submit-on-change]") && changes(target) && !(ctx.response?.status < 400)) settle(target);
  });
  /* A select that was touched does not follow what a morph makes of it (an Undo, somebody else's change). */
  document.addEventListener("htmx:after:settle", () => document.querySelectorAll("form[data-submit-on-change]").forEach(form => {
    if (changes(form) && !flying.has(form) && !("liveHold" in form.dataset) && !form.contains(document.activeElement)) form.reset();
  }));
  document.addEventListener("toast:retry", event => {  // once more, what was chosen and not what is true
    const form = event.target, select = tried.has(form) && form.querySelector("select");
    if (select) select.value = tried.get(form);
  });
})();
