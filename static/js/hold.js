/* What arrives never takes away what a hand is on. Between a press and its click nothing on the page changes: answers and
   pushes wait for the release, a moment. A live region somebody is busy in (a menu, popover or dialog open in it, a word
   being composed, [data-live-hold]) is not redrawn until that ends: hold.isBusy says so, the event hold:over when to ask again. */
(() => {
  "use strict";
  const OPEN = "[data-live-hold], [popover]:popover-open, details[data-menu][open], dialog[open]";
  let pressed = false, composing = null, timer = 0, waiting = [];

  const over = () => document.dispatchEvent(new CustomEvent("hold:over"));
  function release() {
    clearTimeout(timer);
    if (!pressed) return;
    pressed = false;
    waiting.splice(0).forEach(go => go());
    over();
  }
  const soon = wait => { clearTimeout(timer); timer = setTimeout(release, wait); };
  window.hold = {
    released: () => pressed ? new Promise(go => waiting.push(go)) : Promise.resolve(),
    isBusy: region => Boolean(region.closest("[data-live-hold]") || region.querySelector(OPEN) || region.contains(composing)),
  };

  addEventListener("pointerdown", () => { clearTimeout(timer); pressed = true; }, true);
  // A finger's click comes a moment after its release; a press that ends elsewhere has none.
  for (const kind of ["pointerup", "pointercancel", "dragend"]) addEventListener(kind, () => pressed && soon(60), true);
  addEventListener("click", () => pressed && soon(0), true);
  addEventListener("pointermove", event => { if (pressed && event.pointerType === "mouse" && !event.buttons) soon(60); }, { capture: true, passive: true });
  addEventListener("blur", event => { if (event.target === window) release(); });
  addEventListener("compositionstart", event => { composing = event.target; }, true);
  addEventListener("compositionend", () => { composing = null; over(); }, true);
  for (const kind of ["toggle", "close"]) document.addEventListener(kind, over, true);

  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    ctx.fetch = async (...asked) => {
      const answer = await fetch(...asked), text = await answer.text();
      await hold.released();
      asked[1].signal.throwIfAborted();
      answer.text = async () => text;
      return answer;
    };
  });
})();
