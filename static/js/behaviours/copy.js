/* [data-copy="#id"]: puts that element's text on the clipboard and says so; where the browser refuses, selects it. */
document.addEventListener("click", async event => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  const say = (text, kind) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, kind } }));
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    say(button.dataset.copied, "ok");
  } catch {
    getSelection().selectAllChildren(source);
    say(button.dataset.notCopied, "bad");
  }
});
