/* form[data-submit-on-enter]: Enter sends and Shift+Enter breaks the line; Ctrl/Cmd+Enter always sends.
   The field empties when the request leaves, so the next line can be typed at once, and gets its text back on failure. */
behave("form[data-submit-on-enter]", form => {
  const field = form.querySelector("textarea"), touch = matchMedia("(pointer: coarse)");
  const uuid = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("");
  const fill = text => { field.value = text; field.dispatchEvent(new Event("input", { bubbles: true })); };
  let sent = "";

  field.addEventListener("keydown", event => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    if (touch.matches && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    if (field.value.trim() || form.parentElement.querySelector("[data-tray]:not([hidden])")) form.requestSubmit();
  });
  form.addEventListener("htmx:before:request", event => {
    if (event.target !== form) return;
    sent = field.value;
    fill("");
    field.focus();
  });
  form.addEventListener("htmx:finally:request", ({ target, detail: { ctx } }) => {
    if (target !== form) return;
    const failed = !ctx.response || ctx.response.status >= 400;
    if (failed && !field.value) fill(sent);
    if (!failed) form.querySelectorAll("[data-fresh-id]").forEach(input => { input.value = uuid(); });
  });
});
