/* a[data-open-chat] opens its chat beside the list: the place of the thread alone is swapped, and the list keeps its rows, scroll
   and search. "here" (answer this message, cancel) stays in the same chat: same scroll, and no entry of the history. */
(() => {
  "use strict";
  const place = () => document.getElementById("open"), chatOf = path => new URL(path, location).pathname;
  const rows = () => [...document.querySelectorAll(".chat-list .chat-row")], list = () => htmx.trigger("#chats", "live", {}, false);
  let isWritten = false;
  const touch = matchMedia("(pointer: coarse)");

  function mark(path) {
    for (const row of rows()) {
      if (chatOf(row.href) === chatOf(path)) row.setAttribute("aria-current", "page"); else row.removeAttribute("aria-current");
    }
  }
  function arrange() {
    const inbox = place().parentElement;
    inbox.toggleAttribute("data-open", !place().querySelector(".thread.empty"));
    inbox.querySelector(".chat-list form").action = location.pathname;
    mark(location.href);
  }
  const isShown = path => {
    const id = chatOf(path).split("/")[2];
    return Boolean(id ? document.getElementById(`chat-${id}-messages`) : place().querySelector(".thread.empty"));
  };
  /* True when it is there; a chat that is gone, or no network, leaves what was. */
  async function swap(path, change) {
    const saved = words.flush();  // a draft is put away before its field goes
    const isLeft = [...place().querySelectorAll("[data-autosave]")].some(field => field.value);  // whoever typed it, whenever
    mark(path);
    await htmx.ajax("GET", path, { source: place(), target: place(), ...change });
    arrange();
    if (isWritten || isLeft || rows().some(row => row.matches("[aria-current]:has(.draft)"))) saved.then(list);
    isWritten = false;
    return isShown(path);
  }
  async function open(path, stays) {
    const writing = { target: place().querySelector(".writing"), select: ".writing", swap: "outerHTML", replace: path };
    if (!await swap(path, stays ? writing : { push: path })) return;
    const field = [...place().querySelectorAll(".writing textarea")].find(one => one.checkVisibility());
    (field && (stays || !touch.matches) ? field : place().querySelector(".messages") || document.querySelector(".chat-list .chat-row"))?.focus({ preventScroll: true });
  }
  async function bring(path, arrived, stillWanted) {
    if (await swap(path, {})) arrived(); else setTimeout(() => stillWanted() && bring(path, arrived, stillWanted), 2000);
  }

  document.addEventListener("click", event => {
    const link = event.target.closest("a[data-open-chat]");
    if (!link || !place() || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    link.closest("dialog")?.close();
    open(link.getAttribute("href"), link.dataset.openChat === "here");
  });
  /* A chat that is left shows its draft in the list, and one that is open does not; nobody else is told of drafts. */
  document.addEventListener("input", ({ target }) => { if (target.matches("[data-autosave]")) isWritten = true; });
  addEventListener("storage", ({ key, newValue }) => {
    if (words.keyOf(key)?.startsWith("/chats/") && document.getElementById("chats") && (!newValue || JSON.parse(newValue).done)) list();
  });
  document.addEventListener("place:restore", event => {
    const { path, arrived, stillWanted } = event.detail, shown = document.getElementById("chats");
    if (!shown || new URL(path, location).search !== new URL(shown.getAttribute("hx-get"), location).search) return;
    event.preventDefault();
    bring(path, arrived, stillWanted);
  });
})();
