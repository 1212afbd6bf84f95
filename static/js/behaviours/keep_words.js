/* form[data-keep]: what is typed in it and not saved is there again when it opens again, in this browser (words.js): after Escape, a click
   beside its dialog, a reload, a session that ended. [data-discard] (Cancel) throws it away, and asks first. A dialog whose
   form keeps nothing (it may hold a secret) asks before it closes. What is edited in its place is left by Escape like a dialog:
   its words are kept; Ctrl/Cmd+Enter saves a text of several lines. */
(() => {
  "use strict";
  const keyOf = form => `form:${form.dataset.keep || form.getAttribute("action")}`, tellers = ["was", "version", "client_id"];
  const fields = form => [...form.elements].filter(field => field.name && field.matches("input, textarea, select") && !field.matches("[type=password], [type=file], [name=csrf_token]"));
  const standard = select => Math.max(0, [...select.options].findIndex(option => option.defaultSelected));
  const isTyped = field => field.matches("select") ? field.selectedIndex !== standard(field)
    : field.matches("[type=checkbox], [type=radio]") ? field.checked !== field.defaultChecked : field.type !== "hidden" && field.value !== field.defaultValue;
  const isDirty = form => fields(form).some(isTyped) || Boolean(form.querySelector("[type=password]")?.value);
  const texts = () => document.getElementById("dialog").dataset;

  /* What says how far its writer had read comes back with the words; a version alone is only as old as its page. */
  const tells = field => tellers.includes(field.name) && (field.name !== "version" || field.form.elements.was);

  function values(form) {
    const kept = {};
    for (const field of fields(form)) {
      if (field.type === "hidden" && !tells(field)) continue;
      kept[field.name] ||= [];
      if (!field.matches("[type=checkbox], [type=radio]") || field.checked) kept[field.name].push(field.value);
    }
    return kept;
  }
  function keep(form) {
    if (isDirty(form) || "kept" in form.dataset) words.set(keyOf(form), { form: values(form) }); else words.drop(keyOf(form));
  }
  behave("form[data-keep]", form => {
    const kept = words.get(keyOf(form))?.form;
    for (const field of kept ? fields(form) : []) {
      const now = kept[field.name];
      if (!now || (field.type === "hidden" && !tells(field))) continue;
      if (field.matches("[type=checkbox], [type=radio]")) field.checked = now.includes(field.value);
      else if (now.length && (!field.matches("select") || [...field.options].some(option => option.value === now[0]))) field.value = now[0];
    }
    if (kept) form.dataset.kept = "";
    form.addEventListener("input", () => keep(form));  // no "change": a field that goes with its saved form sends one too
    form.addEventListener("htmx:after:request", ({ target, detail: { ctx } }) => {
      if (target === form && ctx.response?.status < 400) words.drop(keyOf(form));
    });
  });

  window.mayClose = dialog => {
    const typed = [...dialog.querySelectorAll("form[method=post]")].filter(isDirty), lost = typed.filter(form => !form.matches("[data-keep]"));
    if (lost.length && !confirm(texts().ask)) return false;
    if (typed.length > lost.length) say(texts().kept, "ok");
    return true;
  };
  document.addEventListener("keydown", event => {
    const form = event.target.closest?.("form[method=post]"), cancel = form?.querySelector("[data-discard][hx-get]");
    if (!form || event.defaultPrevented || event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) form.requestSubmit();
    else if (event.key === "Escape" && cancel) {
      event.preventDefault();
      if (isDirty(form)) say(texts().kept, "ok");
      htmx.ajax("GET", cancel.getAttribute("hx-get"), { source: cancel, target: cancel.getAttribute("hx-target"), swap: "outerHTML" });
    }
  });
  document.addEventListener("click", event => {
    const form = event.target.closest("[data-discard]")?.closest("form");
    if (!form) return;
    if (isDirty(form) && !confirm(texts().ask)) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    words.drop(keyOf(form));
    form.reset();
  }, true);
})();
