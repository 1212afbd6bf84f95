/* A fragment that comes back 401 means the session ended: go and sign in, then come back to this very page. */
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  if (ctx.response.status !== 401 || ctx.hx.redirect) return;
  const back = encodeURIComponent(location.pathname + location.search);
  location.assign(`${document.documentElement.dataset.login || "/login"}?ended=1&next=${back}`);
});
