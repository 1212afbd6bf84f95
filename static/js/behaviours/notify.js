/* A number that needs somebody is told by the browser too, while nobody looks at the page, to whoever said so with
   [data-ask-to-notify]. Several pages of one browser tell it once: the tag is the same. */
(() => {
  "use strict";
  const strip = document.querySelector(".alarms");
  if (!strip || !("Notification" in window)) return;
  let told = new Set();
  const tell = line => {
    const link = line.querySelector("a");
    try {
      const note = new Notification("Clarin", { body: line.textContent.trim(), tag: link.pathname });
      note.onclick = () => { window.focus(); location.assign(link.href); };
    } catch { /* browsers of phones show none from a page: the strip is there */ }
  };
  new MutationObserver(() => {
    const lines = [...strip.querySelectorAll("p")], texts = new Set(lines.map(line => line.textContent.trim()));
    if (document.hidden && Notification.permission === "granted")
      lines.filter(line => !told.has(line.textContent.trim())).forEach(tell);
    told = texts;
  }).observe(strip, { childList: true, subtree: true, characterData: true });

  behave("[data-ask-to-notify]", button => {
    const show = () => { button.hidden = Notification.permission !== "default"; };
    button.addEventListener("click", () => Notification.requestPermission().then(show));
    show();
  });
})();
