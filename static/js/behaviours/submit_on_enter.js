/* form[data-submit-on-enter]: Enter sends and Shift+Enter breaks the line; Ctrl/Cmd+Enter always sends.
   The field empties at once, so the next line can be typed and sent while this one is on its way; what fails comes back. */
behave("form[data-submit-on-enter]", form => {
  const field = form.querySelector("textarea"), touch = matchMedia("(pointer: coarse)"), leaving = new WeakMap();
  const fill = text => { field.value = text; field.dispatchEvent(new Event("input", { bubbles: true })); };
  const say = (what, detail) => field.dispatchEvent(new CustomEvent(`words:${what}`, { detail }));
  const fresh = () => form.querySelector("[data-fresh-id]");
  const holdsFiles = () => form.matches(".composer") && form.closest(".thread").querySelector("[data-tray]:not([hidden])");

  field.addEventListener("keydown", event => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    if (touch.matches && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    if (field.value.trim() || holdsFiles()) form.requestSubmit();
  });
  form.addEventListener("htmx:config:request", ({ target, detail: { ctx } }) => {
    if (target !== form) return;
    const way = { id: fresh().value, text: field.value };
    leaving.set(ctx, way);
    say("leave", way);
    field.value = "";
    fresh().value = words.ident();
    field.focus();
  });
  form.addEventListener("htmx:finally:request", ({ target, detail: { ctx } }) => {
    const way = target === form && leaving.get(ctx);
    if (!way) return;
    if (ctx.response?.status < 400) return say("arrived", { id: way.id, forgotten: true });
    if (field.value !== way.text) fill([way.text, field.value].filter(Boolean).join("\n\n"));
    if (!(ctx.response?.status < 500) && field.value === way.text) fresh().value = way.id;  // a second try is the same message
    say("back", { id: way.id });
  });
});
