/* [data-drag-id] is dragged into a [data-drop-url] column, which is told the id, the neighbour it landed before and the
   version that was seen. The card moves at once; a refusal puts it back. The board holds its live refresh meanwhile. */
(() => {
  "use strict";
  const line = document.createElement("li");
  line.className = "drop-line";
  let card = null, item = null, board = null, home = null;

  const columnOf = event => card && event.target.closest?.("[data-drop-url]");
  const listOf = column => column.querySelector("[data-drop-list]") || column;
  const neighbour = (list, y) => [...list.children].find(other => {
    if (other === item || other === line) return false;
    const box = other.getBoundingClientRect();
    return y < box.top + box.height / 2;
  });
  const mark = column => document.querySelectorAll("[data-drop-url].over, [data-drop-url]:hover")
    .forEach(other => other.classList.toggle("over", other === column));

  function send(column, before) {
    const moved = item, origin = home, values = { id: card.dataset.dragId, version: card.dataset.version || "",
      before: before?.querySelector("[data-drag-id]")?.dataset.dragId || "", ...JSON.parse(column.dataset.dropValues || "{}") };
    moved.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
      if ((!ctx.response || ctx.response.status >= 400) && origin.list.isConnected) origin.list.insertBefore(moved, origin.next);
    }, { once: true });
    htmx.ajax("POST", column.dataset.dropUrl.replace("{id}", card.dataset.dragId), { source: moved, target: moved, swap: "none", values });
  }
  document.addEventListener("dragstart", event => {
    card = event.target.closest?.("[data-drag-id]");
    if (!card) return;
    item = card.closest("li") || card;
    board = card.closest("[data-live-topic]");
    home = { list: item.parentElement, next: item.nextElementSibling };
    if (board) board.dataset.liveHold = "";
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.dataset.dragId);
    requestAnimationFrame(() => card?.classList.add("dragging"));
  });
  for (const kind of ["dragenter", "dragover"]) document.addEventListener(kind, event => {
    const column = columnOf(event);
    if (!column) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    mark(column);
    const list = listOf(column);
    list.insertBefore(line, neighbour(list, event.clientY) || null);
  });
  document.addEventListener("drop", event => {
    const column = columnOf(event);
    if (!column) return;
    event.preventDefault();
    const before = line.nextElementSibling === item ? item.nextElementSibling : line.nextElementSibling;
    const stays = home.list === listOf(column) && before === home.next;
    line.replaceWith(item);
    if (!stays) send(column, before);
  });
  document.addEventListener("dragend", () => {
    line.remove();
    mark(null);
    card?.classList.remove("dragging");
    if (board) delete board.dataset.liveHold;
    card = item = board = home = null;
  });
})();
