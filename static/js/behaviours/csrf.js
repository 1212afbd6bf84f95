/* Every htmx request that changes something carries the page's CSRF token; plain forms carry theirs as a field. */
document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  if (ctx.request.method === "GET") return;
  ctx.request.headers["X-CSRF-Token"] = document.querySelector("meta[name=csrf-token]").content;
});
