/* form[data-submit-on-change] sends itself when a choice is made; without JavaScript its button (.no-js) does. */
document.addEventListener("change", event => {
  const form = event.target.form;
  if (form?.matches("[data-submit-on-change]") && !event.target.matches("[data-no-submit], [type=search]")) form.requestSubmit();
});
