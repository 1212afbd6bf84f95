/* Moving a card of a board. However it is asked for (dragged, see drag_to.js; its "Move" link, which opens the board's one
   menu; Shift+Left/Right), it ends in the event card:move, here. The card moves at once; a refusal puts it back. */
(() => {
  "use strict";
  const columnOf = card => card.closest("[data-stage-id]"), cardOf = node => node.closest?.("[data-stage-id] .deal");
  const menu = () => document.getElementById("move-menu");
  let chosen = null, inHand = "";

  function move(card, column) {
    const home = { list: card.parentElement, next: card.nextElementSibling, stage: columnOf(card).dataset.stageId };
    if (!column || column === columnOf(card)) return;
    const answered = ({ target, detail: { ctx } }) => {
      if (target !== card) return;
      card.removeEventListener("htmx:finally:request", answered);
      if (ctx.response?.status < 400 || !home.list.isConnected) return;
      home.list.insertBefore(card, home.next?.parentElement === home.list ? home.next : null);
    };
    column.querySelector("ol.cards").prepend(card);
    card.addEventListener("htmx:finally:request", answered);
    htmx.ajax("POST", card.querySelector(".move").getAttribute("href"), { source: card, target: card, swap: "none",
      values: { stage_id: column.dataset.stageId, from_stage_id: home.stage, version: card.dataset.version, part: "card" } });
  }
  function hold(card) {
    inHand = card.id;
    card.querySelector("a").focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  function open(link) {
    chosen = cardOf(link);
    const list = menu(), here = columnOf(chosen).dataset.stageId;
    list.querySelector("h3").textContent = link.ariaLabel;
    list.querySelectorAll("button").forEach(button => { button.disabled = button.value === here; });
    list.parentElement.dataset.liveHold = "";
    list.showPopover({ source: link });
    list.querySelector("button:enabled")?.focus();
  }

  behave("#move-menu", list => list.addEventListener("toggle", ({ newState }) => { if (newState === "closed") delete list.parentElement.dataset.liveHold; }));
  document.addEventListener("card:move", ({ target, detail: { column } }) => move(target, column));
  document.addEventListener("click", event => {
    const link = event.target.closest("[data-stage-id] a.move"), item = event.target.closest("#move-menu button");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); open(link); }
    if (!item) return;
    const card = chosen?.isConnected && chosen, column = document.querySelector(`[data-stage-id="${item.value}"]`);
    menu().hidePopover();
    if (card) { move(card, column); hold(card); }
  });
  document.addEventListener("keydown", event => {
    const side = { ArrowLeft: "previousElementSibling", ArrowRight: "nextElementSibling" }[event.key], card = cardOf(event.target);
    if (!side || !card || !event.shiftKey) return;
    event.preventDefault();
    const column = columnOf(card)[side];
    if (column?.dataset.stageId) { move(card, column); hold(card); }
  });
  document.addEventListener("htmx:after:settle", () => {
    const card = inHand && document.getElementById(inHand), now = document.activeElement;
    if (card && (now === document.body || !now?.isConnected || card.contains(now))) hold(card);
  });
  document.addEventListener("focusin", event => { if (cardOf(event.target)?.id !== inHand) inHand = ""; });
})();
