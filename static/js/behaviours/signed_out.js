/* The session ended: go and sign in, then come back to this very page. The socket says so (live:over), or a fragment that
   comes back 401. Whoever is on the way to another page already (signing out, say) is not called back by either: a page that
   is about to be left waits a while, and goes then if it is still here (somebody chose to stay, or it was a tel: link). */
(() => {
  const WHILE = 9000;
  let asked = -WHILE, isGone = false, timer = 0;
  const wait = () => asked + WHILE - performance.now();
  addEventListener("beforeunload", () => { asked = performance.now(); });
  addEventListener("pagehide", () => { isGone = true; });
  addEventListener("pageshow", () => { isGone = false; });

  function leave() {
    clearTimeout(timer);
    if (isGone) return;
    if (wait() > 0) { timer = setTimeout(leave, wait()); return; }
    const back = encodeURIComponent(location.pathname + location.search);
    location.assign(`${document.documentElement.dataset.login || "/login"}?ended=1&next=${back}`);
  }
  document.addEventListener("live:over", () => setTimeout(leave, 700));
  document.addEventListener("htmx:before:response", event => {  // whose HX-Redirect would call them back
    if (event.detail.ctx.response.status !== 401 || wait() <= 0) return;
    event.preventDefault();
    leave();
  });
  document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
    if (ctx.response.status === 401 && !ctx.hx.redirect) leave();
  });
})();
