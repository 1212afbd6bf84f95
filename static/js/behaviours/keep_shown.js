/* A live region that asks again says how many rows of each [data-shown="name"] list it shows, so that what was loaded by
   scrolling comes back too (clarin_web/web/shown.py). An answer that was asked for before the reader loaded more would take
   it away: it is dropped, and asked for again. So are rows that were to follow others than those that now stand there. */
(() => {
  "use strict";
  const rows = list => [...list.children].filter(row => row.id).length;
  const grew = ({ list, count }) => list.isConnected && rows(list) > count;

  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    const region = ctx.sourceElement;
    if (region?.closest?.(".more, .pager")) ctx.next = region.getAttribute("hx-get");
    if (!region?.dataset?.liveTopic || ctx.request.method !== "GET") return;
    const lists = [region, ...region.querySelectorAll("[data-shown]")].filter(list => list.dataset.shown);
    ctx.shown = lists.map(list => ({ list, count: rows(list), least: list.dataset.least || 0 }));
    const said = ctx.shown.map(({ list, count, least }) => `${list.dataset.shown}=${Math.max(count, least)}`);
    lists.forEach(list => delete list.dataset.least);
    if (said.length) ctx.request.headers["X-Shown"] = said.join(" ");
  });

  document.addEventListener("htmx:before:swap", event => {
    const { ctx } = event.detail, region = ctx?.sourceElement;
    if (ctx?.next && ctx.next !== region.getAttribute("hx-get")) event.preventDefault();
    if (!ctx?.shown?.some(grew)) return;
    event.preventDefault();
    ctx.shown.forEach(({ list, least }) => { if (least) list.dataset.least ||= least; });
    htmx.trigger(region, "live", {}, false);
  });
})();
