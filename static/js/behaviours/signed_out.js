/* A fragment that comes back 401 means the session ended: go and sign in, then come back to this very page. */
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  if (ctx.response.status !== 401 || ctx.hx.redirect) return;
  const back = encodeURIComponent(location.pathname + location.search);
  location.assign(`${document.documentElement.dataset.login || "/login"}?ended=1&next=${back}`);
});

/* Whoever is on the way to another page (signing out, say) is not called back by what this one still asks. */
(() => {
  let going = false;
  addEventListener("beforeunload", () => { going = true; setTimeout(() => { going = false; }, 9000); });
  for (const step of ["htmx:config:request", "htmx:before:response"]) {
    document.addEventListener(step, event => { if (going) event.preventDefault(); });
  }
})();
