/* The way from the list to the board carries the filter of the address bar, which changes while the page stays. */
(() => {
  "use strict";
  const carry = event => {
    const link = event.target.closest?.('a[href^="/leads/board"]');
    if (!link || !link.closest(".bar")) return;
    const chosen = new URLSearchParams(location.search);
    for (const place of ["after", "before", "limit"]) chosen.delete(place);
    link.search = chosen.toString();
  };
  for (const act of ["pointerdown", "click"]) document.addEventListener(act, carry, true);
})();
