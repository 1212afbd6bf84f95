/* What the robot reads of a page. `shape` is its text and rows without what may differ from a fresh load: hours that pass,
   parts that load later, what somebody is just writing. */
(() => {
  const LATER = "script, template, noscript, .no-js, .net, .alarms, .presence, .skel, .htmx-added, [hx-trigger*=load], [popover]:not(#side), #move-menu, .changes, [data-changes], form.composer, .reach, [data-tray], [data-recording], textarea, .toast, datalist, .pager, p[data-kept], p[data-elsewhere], [data-live-topic*=inbox].count, p.sr[role=status], .ghost";
  const words = element => element.textContent.replace(/\s+/g, " ").trim();
  window.robot = {
    ids: selector => [...document.querySelectorAll(selector)].map(one => one.id),
    shape(skip) {
      const root = document.querySelector(".app") || document.body, copy = root.cloneNode(true);
      copy.querySelectorAll(LATER).forEach(one => one.remove());
      for (const id of skip) copy.querySelector(`[id="${id}"]`)?.remove();
      copy.querySelectorAll("time").forEach(time => { time.textContent = ""; });
      copy.querySelectorAll(".messages .msg, .messages .day").forEach(one => one.remove());  // older ones may be loaded
      const marked = [...copy.querySelectorAll("[aria-current]")].map(words);
      return [document.title, words(copy), marked.join(" | ")];
    },
    /* Forms somebody opened in place, and lists that wait behind a line: a fresh load has them closed. */
    open: () => [...document.querySelectorAll("[id][hx-morph-skip], [id][data-live-hold], [id]:has(> .changes > [data-changes]:not([hidden])), [id]:has([data-changes]:not([hidden]))")].map(one => one.id).filter(id => !["main", "open"].includes(id)),
    busy: () => document.readyState !== "complete" || document.documentElement.dataset.net === "catching-up" || Boolean(document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling")),
    focus() {
      const now = document.activeElement;
      if (!now || now === document.body) return "body";
      return now.isConnected && now.checkVisibility() ? now.localName : `lost: ${now.outerHTML.slice(0, 90)}`;
    },
  };
})();
