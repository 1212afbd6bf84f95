/* What is typed in a form and not saved is there again when it opens again, in this browser (words.js): after Escape, a click
   beside its dialog, a reload, a session that ended, a page that was refused. It holds for every form with words, but where a
   secret is typed: one with a password, or data-keep="off". A form[data-keep] keeps its choices too, and may have a name of its own.
   What the page says now wins over what it said when the words were typed: they are offered beside it, and lost by no reload.
   [data-discard] (Cancel) throws it all away, and asks first. A dialog whose form keeps nothing asks before it closes. What is
   edited in its place is left by Escape like a dialog: its words are kept; Ctrl/Cmd+Enter saves a text of several lines. */
(() => {
  "use strict";
  const TEXT = "textarea, input:not([type=hidden], [type=checkbox], [type=radio], [type=file], [type=submit], [type=button], [type=password], [type=search])";
  const tellers = ["was", "version", "client_id"], bases = new WeakMap(), offers = new WeakMap();
  const isChoice = field => field.matches("[type=checkbox], [type=radio]");
  const isKept = form => form.method === "post" && form.dataset.keep !== "off" && !form.querySelector("[type=password], [data-autosave]") && ("keep" in form.dataset || form.querySelector(TEXT));
  const keyOf = form => `form:${form.dataset.keep || `${form.getAttribute("action")} ${[...form.querySelectorAll(TEXT)].map(field => field.name).join()}`}`;
  const fields = form => [...form.elements].filter(field => field.name && field.matches("keep" in form.dataset ? "input, textarea, select" : TEXT) && !field.matches("[type=password], [type=file], [name=csrf_token]"));
  const standard = select => select.options[Math.max(0, [...select.options].findIndex(option => option.defaultSelected))]?.value;
  const isTyped = field => field.matches("select") ? field.value !== standard(field)
    : isChoice(field) ? field.checked !== field.defaultChecked : field.type !== "hidden" && field.value !== field.defaultValue;
  const isDirty = form => [...form.elements].some(field => field.name && field.matches("input, textarea, select") && !field.matches("[type=file], [type=password]") && isTyped(field)) || Boolean(form.querySelector("[type=password]")?.value);
  const texts = () => document.getElementById("dialog").dataset;
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  /* What says how far its writer had read comes back with the words; a version alone is only as old as its page. */
  const tells = field => tellers.includes(field.name) && (field.name !== "version" || field.form.elements.was);

  /* {name: [value, …]} as somebody left them, or (`asDrawn`) as the page came. */
  function values(form, asDrawn) {
    const all = {};
    for (const field of fields(form)) {
      if (field.type === "hidden" && !tells(field)) continue;
      const list = all[field.name] ||= [];
      if (!isChoice(field)) list.push(!asDrawn ? field.value : field.matches("select") ? standard(field) : field.defaultValue);
      else if (asDrawn ? field.defaultChecked : field.checked) list.push(field.value);
    }
    return all;
  }
  function keep(form) {
    const offered = offers.get(form), was = bases.get(form);
    if (fields(form).some(isTyped) || "kept" in form.dataset || Object.keys(offered).length) words.set(keyOf(form), { form: values(form), was, offered }); else words.drop(keyOf(form));
  }
  function offer(field, text) {
    const line = Object.assign(document.createElement("p"), { className: "row wrap hint" }), use = Object.assign(document.createElement("button"), { type: "button", className: "btn small", textContent: texts().use });
    line.append(Object.assign(document.createElement("span"), { textContent: `${texts().before} `, role: "status" }), Object.assign(document.createElement("q"), { textContent: text, dir: "auto" }), use);
    line.dataset.kept = "";
    offers.get(field.form)[field.name] = text;
    use.addEventListener("click", () => {
      delete offers.get(field.form)[field.name];
      field.value = text;
      line.remove();
      field.focus();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    (field.closest(".field") || field).after(line);
  }
  function bring(form, kept) {
    const now = values(form, true), was = kept.was || {}, hidden = fields(form).filter(field => field.type === "hidden");
    let brought = false;
    for (const field of fields(form)) {
      const [mine, base, drawn] = [kept.form[field.name], was[field.name], now[field.name]];
      if (!mine || hidden.includes(field) || (base && same(mine, base))) continue;  // nobody touched it
      if (base && !same(base, drawn) && !same(mine, drawn) && !form.elements.was) {
        bases.get(form)[field.name] = drawn;
        if (field.matches(TEXT) && mine[0]) offer(field, mine[0]);
        continue;
      }
      if (isChoice(field)) field.checked = mine.includes(field.value);
      else if (mine.length && (!field.matches("select") || [...field.options].some(option => option.value === mine[0]))) field.value = mine[0];
      brought ||= isTyped(field);
    }
    for (const field of brought ? hidden : []) if (tells(field) && kept.form[field.name]?.length) field.value = kept.form[field.name][0];
    for (const [name, text] of Object.entries(kept.offered || {})) {
      const field = fields(form).find(one => one.name === name && one.matches(TEXT));
      if (field && field.value !== text && !(name in offers.get(form))) offer(field, text);
    }
    return brought;
  }
  /* Where one would take it for what is so: that it is not saved is said. */
  function tell(form) {
    if ("keep" in form.dataset) return;
    const line = Object.assign(document.createElement("p"), { className: "row wrap hint" });
    line.dataset.kept = "";
    line.append(Object.assign(document.createElement("span"), { textContent: texts().unsaved, role: "status" }), Object.assign(document.createElement("button"), { type: "button", className: "btn ghost small", textContent: texts().throw }));
    line.lastChild.dataset.discard = "";
    (form.querySelector(".actions") || form.lastElementChild).before(line);
  }
  behave("form", form => {
    if (!isKept(form)) return;
    const kept = words.get(keyOf(form));
    bases.set(form, { ...values(form, true), ...kept?.was });
    offers.set(form, {});
    if (kept?.form) {
      const brought = bring(form, kept);
      if (brought) tell(form);
      if (brought || Object.keys(offers.get(form)).length) {
        form.dataset.kept = "";
        form.closest("details")?.setAttribute("open", "");
      } else words.drop(keyOf(form));
    }
    form.addEventListener("input", () => keep(form));  // no "change": a field that goes with its saved form sends one too
    form.addEventListener("htmx:after:request", ({ target, detail: { ctx } }) => {
      if (target === form && ctx.response?.status < 400) words.drop(keyOf(form));
    });
  });
  document.addEventListener("submit", ({ target, defaultPrevented }) => { if (!defaultPrevented && isKept(target) && words.get(keyOf(target))) words.leave(keyOf(target)); });

  window.mayClose = dialog => {
    const typed = [...dialog.querySelectorAll("form[method=post]")].filter(isDirty), lost = typed.filter(form => !isKept(form));
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
    delete form.dataset.kept;
    offers.set(form, {});
    form.querySelectorAll("[data-kept]").forEach(line => line.remove());
  }, true);
})();
