/* What could not be done, or cannot be seen, is said once: one line at a time, in one place, over no control (it climbs until
   nothing is under it), with a way to try again or to take it back. Texts live on #toasts; a view says something with
   HX-Trigger: {"toast": {"text": "…", "kind": "ok", "undo": {"url": "…", "values": {}}}}. Background refreshes fail silently:
   the dot in the bar already tells, and live.js asks again. */
(() => {
  "use strict";
  const box = document.getElementById("toasts"), quiet = ["live", "every", "load", "intersect", "input"], waiting = [];
  const CONTROLS = "a[href], button, input, select, textarea, summary, audio, video, label", STEP = 16, GAP = 8;
  let shown = null;

  function show() {
    shown = waiting.shift();
    if (!shown) return box.hidePopover?.();
    const { text, kind, acts } = shown, toast = Object.assign(document.createElement("div"), { className: `toast ${kind}` });
    toast.append(Object.assign(document.createElement("span"), { textContent: text }));
    if (acts.length) toast.append(Object.assign(document.createElement("button"), { type: "button", textContent: acts[0][0], onclick: () => { next(); acts.forEach(([, act]) => act()); } }));
    box.replaceChildren(toast);
    box.hidePopover?.();
    box.showPopover?.();
    place();
    const mine = shown, fade = () => { if (shown !== mine) return; if (toast.matches(":hover, :focus-within")) setTimeout(fade, 2000); else next(); };
    setTimeout(fade, acts.length ? 8000 : 5000);
  }
  const leave = () => box.replaceChildren();
  const next = () => { leave(); show(); };

  /* Of a dialog that is open only what is in it can be pressed. */
  function place() {
    const over = document.querySelector("dialog[open]") || document;
    const taken = [...over.querySelectorAll(CONTROLS)].filter(node => !box.contains(node) && node.checkVisibility({ opacityProperty: true }))
      .map(node => node.getBoundingClientRect()).filter(rect => rect.width > 1);
    box.style.translate = "none";
    const { left, right, top, bottom } = box.getBoundingClientRect();
    const covered = up => taken.filter(rect => rect.left < right && rect.right > left && rect.top < bottom - up + GAP && rect.bottom > top - up - GAP).length;
    let up = 0, best = 0;
    for (; top - up > GAP && covered(best); up += STEP) if (covered(up) < covered(best)) best = up;
    box.style.translate = `0 ${-best}px`;
  }
  let moved = 0;
  const placeSoon = () => { clearTimeout(moved); if (shown) moved = setTimeout(() => shown && place(), 120); };
  function say(text, kind = "", acts = []) {
    const same = [shown, ...waiting].find(one => one?.text === text);
    if (same) return void same.acts.push(...acts);
    waiting.push({ text, kind, acts });
    if (!shown || !shown.acts.length) show();
  }
  function failed(ctx, text) {
    const source = ctx?.sourceElement, cause = ctx?.sourceEvent?.type;
    if (quiet.includes(cause)) return;
    const again = source?.isConnected && cause && (() => source.dispatchEvent(new CustomEvent("toast:retry", { bubbles: true })) && source.matches("form") ? source.requestSubmit() : htmx.trigger(source, cause));
    say(text, "bad", again ? [[box.dataset.retry, again]] : []);
  }
  /* What was asked for stands as it was, and so do its words: clarin_web/web/errors.py says why. */
  function refused({ response, sourceEvent }) {
    const said = response.headers.get("X-Said");
    if (said && !quiet.includes(sourceEvent?.type)) say(decodeURIComponent(said), "bad");
  }
  const takeBack = ({ url, values }) => [[box.dataset.undo, () => htmx.ajax("POST", url, { source: document.body, target: document.body, swap: "none", values })]];

  window.say = say;
  if (!box) return;
  document.addEventListener("htmx:error", ({ detail }) => detail.ctx && failed(detail.ctx, box.dataset.network));
  document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
    if (ctx.response.status >= 500) failed(ctx, box.dataset.server);
    if (ctx.response.status === 429) failed(ctx, box.dataset.busy);
    else if (ctx.response.status < 500) refused(ctx);
  });
  document.addEventListener("toast", ({ detail }) => say(detail.text, detail.kind, detail.undo ? takeBack(detail.undo) : []));
  document.addEventListener("live:version", () => say(box.dataset.version, "", [[box.dataset.reload, () => location.reload()]]));
  document.addEventListener("live:crowded", () => say(box.dataset.crowded, "bad"), { once: true });
  addEventListener("resize", placeSoon);
  document.addEventListener("scroll", placeSoon, { capture: true, passive: true });
  document.addEventListener("htmx:after:settle", placeSoon);
  document.querySelectorAll(".flash .toast").forEach(toast => say(toast.textContent.trim(), "ok"));
  document.querySelector(".flash")?.remove();
})();
