/* The session ended: go and sign in, then come back to this very page. The socket says so (live:over), or a fragment that
   comes back 401. Whoever is on the way to another page already (signing out, say) is not called back by either. */
(() => {
  let going = false;
  addEventListener("beforeunload", () => { going = true; setTimeout(() => { going = false; }, 9000); });
  const leave = () => {
    const back = encodeURIComponent(location.pathname + location.search);
    location.assign(`${document.documentElement.dataset.login || "/login"}?ended=1&next=${back}`);
  };
  document.addEventListener("live:over", () => setTimeout(() => going || leave(), 700));
  for (const step of ["htmx:config:request", "htmx:before:response"]) {
    document.addEventListener(step, event => { if (going) event.preventDefault(); });
  }
  document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
    if (ctx.response.status === 401 && !ctx.hx.redirect) leave();
  });
})();
