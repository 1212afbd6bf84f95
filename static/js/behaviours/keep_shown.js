/* A live region that asks again says how many rows of each [data-shown="name"] list it shows, so that what was loaded by
   scrolling comes back too (clarin_web/web/shown.py). */
document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const region = ctx.sourceElement;
  if (!region?.dataset?.liveTopic || ctx.request.method !== "GET") return;
  const lists = [region, ...region.querySelectorAll("[data-shown]")].filter(list => list.dataset.shown);
  const said = lists.map(list => `${list.dataset.shown}=${Math.max([...list.children].filter(row => row.id).length, list.dataset.least || 0)}`);
  lists.forEach(list => delete list.dataset.least);
  if (said.length) ctx.request.headers["X-Shown"] = said.join(" ");
});
