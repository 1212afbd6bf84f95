/* Cards are dragged between the columns of a board: at once with a mouse or pen, after a long press with a finger. Near an
   edge the board and the column scroll by themselves. Dropping fires card:move; the board holds its live refresh meanwhile.
   Pointer events and not the browser's own drag and drop: that has no touch, and does not scroll to a column out of sight. */
(() => {
  "use strict";
  const SLOP = 6, PRESS = 350, EDGE = 64, SPEED = 18;
  let drag = null, justDropped = false;

  const mark = column => document.querySelectorAll(".col.over").forEach(other => other !== column && other.classList.remove("over")) || column?.classList.add("over");
  const pull = (at, start, end) => (at < start + EDGE ? -1 : at > end - EDGE ? 1 : 0) * SPEED;

  function lift() {
    const { card, board } = drag, box = card.getBoundingClientRect(), ghost = card.cloneNode(true);
    ghost.removeAttribute("id");
    ghost.inert = true;
    ghost.classList.add("lifted");
    ghost.style.inlineSize = `${box.width}px`;
    Object.assign(drag, { ghost, dx: box.left - drag.fromX, dy: box.top - drag.fromY });
    document.body.append(ghost);
    board.dataset.liveHold = "";
    board.setPointerCapture(drag.pointer);
    card.classList.add("dragging");
    if (drag.isTouch) navigator.vibrate?.(10);
    follow();
    scroll();
  }
  function follow() {
    drag.ghost.style.translate = `${drag.x + drag.dx}px ${drag.y + drag.dy}px`;
    drag.column = document.elementFromPoint(drag.x, drag.y)?.closest("[data-stage-id]");
    mark(drag.column);
  }
  function scroll() {
    if (!drag?.ghost) return;
    const { board, column, x, y } = drag, wide = board.getBoundingClientRect(), list = column?.querySelector("ol.cards"), tall = list?.getBoundingClientRect();
    board.scrollLeft += pull(x, wide.left, wide.right);
    if (list) list.scrollTop += pull(y, tall.top, tall.bottom);
    follow();
    requestAnimationFrame(scroll);
  }
  function end(column) {
    const { card, board, ghost, timer } = drag;
    clearTimeout(timer);
    drag = null;
    if (!ghost) return;
    ghost.remove();
    mark(null);
    card.classList.remove("dragging");
    justDropped = true;
    setTimeout(() => { justDropped = false; });
    if (column) card.dispatchEvent(new CustomEvent("card:move", { bubbles: true, detail: { column } }));
    delete board.dataset.liveHold;
  }

  document.addEventListener("pointerdown", event => {
    const card = event.target.closest("[data-stage-id] .deal");
    if (!card || drag || event.button || !event.isPrimary || event.target.closest(".move")) return;
    const isTouch = event.pointerType === "touch", x = event.clientX, y = event.clientY;
    drag = { card, board: card.closest(".board"), pointer: event.pointerId, isTouch, x, y, fromX: x, fromY: y };
    if (isTouch) drag.timer = setTimeout(lift, PRESS);
  });
  document.addEventListener("pointermove", event => {
    if (event.pointerId !== drag?.pointer) return;
    drag.x = event.clientX;
    drag.y = event.clientY;
    if (!drag.ghost && Math.hypot(drag.x - drag.fromX, drag.y - drag.fromY) > SLOP) {
      if (drag.isTouch || !event.buttons) return end();
      lift();
    }
    if (drag.ghost) follow();
  });
  document.addEventListener("pointerup", event => { if (event.pointerId === drag?.pointer) end(drag.column); });
  document.addEventListener("pointercancel", event => { if (event.pointerId === drag?.pointer) end(); });
  document.addEventListener("keydown", event => { if (drag?.ghost && event.key === "Escape") end(); });
  document.addEventListener("click", event => { if (justDropped) { event.preventDefault(); event.stopPropagation(); } }, true);
  for (const kind of ["dragstart", "contextmenu"]) document.addEventListener(kind, event => { if (drag && (kind === "dragstart" || drag.isTouch)) event.preventDefault(); });
  // The list, not the document: a listener that may refuse a touch slows down the scrolling of all it hears.
  behave(".board", board => {
    const filled = board.querySelector(".col:has(.deal)");  // a narrow board begins where there is something
    if (filled && !board.scrollLeft && filled.offsetLeft + filled.offsetWidth > board.clientWidth) filled.scrollIntoView({ inline: "start", block: "nearest", behavior: "instant" });
  });
  behave(".board", board => board.addEventListener("touchmove", event => { if (drag?.ghost) event.preventDefault(); }, { passive: false }));
})();
