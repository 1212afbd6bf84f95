/* form[data-submit-on-enter]: Enter sends and Shift+Enter breaks the line; Ctrl/Cmd+Enter always sends.
   The field empties once its words are on their way, so that the next line can be typed and sent meanwhile; what fails comes
   back. On the way is what no other listener stopped: the window hears of it last. */
{
const departures = new WeakMap();
addEventListener("htmx:config:request", event => { if (!event.defaultPrevented) departures.get(event.target)?.(event.detail.ctx); });
behave("form[data-submit-on-enter]", form => {
  const field = form.querySelector("textarea"), touch = matchMedia("(pointer: coarse)"), leaving = new WeakMap();
  const fresh = there => there.querySelector("[data-fresh-id]"), say = (box, what, detail) => box.dispatchEvent(new CustomEvent(`words:${what}`, { detail }));
  const holdsFiles = () => form.matches(".composer") && form.closest(".thread").querySelector("[data-tray]:not([hidden])");

  field.addEventListener("keydown", event => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    if (touch.matches && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    if (field.value.trim() || holdsFiles()) form.requestSubmit();
  });
  departures.set(form, ctx => {
    const way = { id: fresh(form).value, text: field.value };
    leaving.set(ctx, way);
    say(field, "leave", way);
    field.value = "";
    fresh(form).value = words.ident();
    field.focus();
  });
  /* Into the box that stands there now: the chat may have been left, and opened again. What finds none waits in words.js. */
  function giveBack({ id, text }, isSame) {
    const there = form.isConnected ? form : document.getElementById(form.id), box = there?.querySelector("textarea");
    if (!box) return words.flying.delete(id);
    if (box.value !== text) {
      box.value = [text, box.value].filter(Boolean).join("\n\n");
      box.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (isSame && box.value === text) fresh(there).value = id;  // a second try is the same message
    say(box, "back", { id });
  }
  form.addEventListener("htmx:finally:request", ({ target, detail: { ctx } }) => {
    const way = target === form && leaving.get(ctx);
    if (!way) return;
    if (ctx.response?.status < 400) say(field, "arrived", { id: way.id, forgotten: true });
    else giveBack(way, !(ctx.response?.status < 500));
  });
});
}
