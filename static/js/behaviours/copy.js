/* [data-copy="#id"]: puts that element's text on the clipboard, or the one of data-copy-text where less is shown, and says so;
   where the browser refuses, selects it. */
document.addEventListener("click", async event => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(button.dataset.copyText ?? source.textContent.trim());
    say(button.dataset.copied, "ok");
  } catch {
    getSelection().selectAllChildren(source);
    say(button.dataset.notCopied, "bad");
  }
});
