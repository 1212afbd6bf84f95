/* Whoever signs out leaves no word of theirs in this browser: what can still be saved is, and what cannot is asked about. */
document.addEventListener("submit", async event => {
  const form = event.target;
  if (!form.matches("form[data-sign-out]") || "clean" in form.dataset) return;
  event.preventDefault();
  await Promise.race([words.flush(), new Promise(done => setTimeout(done, 5000))]);
  if (words.left() && !confirm(form.dataset.signOut)) return;
  words.forget();
  form.dataset.clean = "";
  form.requestSubmit();
});
