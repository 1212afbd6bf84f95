/* A live region that was refused for a moment is asked again, ever more rarely; until it is there the page does not say that it
   is live (data-behind). Without a socket nothing is to do: live.js asks for everything anyway. */
(() => {
  "use strict";
  const root = document.documentElement, failing = new Map(), LONGEST = 60000;
  function settle() {
    for (const region of failing.keys()) if (!region.isConnected) failing.delete(region);
    root.toggleAttribute("data-behind", failing.size > 0);
  }
  function answered({ detail: { ctx } }) {
    const region = ctx?.sourceElement, status = ctx?.response?.status, tries = failing.get(region) || 0;
    if (!region?.dataset?.liveTopic) return;
    if (status < 500 && status !== 429) failing.delete(region);
    else if (root.dataset.net === "live") {
      failing.set(region, tries + 1);
      setTimeout(() => { settle(); if (failing.has(region)) htmx.trigger(region, "live", {}, false); }, Math.min(LONGEST, 1000 * 2 ** tries));
    }
    settle();
  }
  for (const kind of ["error", "after:request"]) document.addEventListener(`htmx:${kind}`, answered);
})();
