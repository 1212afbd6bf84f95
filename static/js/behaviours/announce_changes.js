/* A live list that somebody reads does not move under them. [data-announce="tbody"] names what holds its rows: those that
   are there are updated where they are; what came, went or moved waits behind [data-changes], a button with a count.
   A first page that nobody scrolled, touched or points at follows by itself. */
(() => {
  "use strict";
  let showing = null;
  const listOf = region => region?.querySelector(region.dataset.announce);
  const rowsOf = region => [...listOf(region)?.children || []].filter(row => row.id);

  function isRead(region) {
    const asked = new URL(region.getAttribute("hx-get"), location).searchParams, focused = document.activeElement, chosen = getSelection();
    return asked.has("after") || asked.has("before") || document.querySelector("dialog[open]")
      || (focused !== region && region.contains(focused)) || (!chosen.isCollapsed && region.contains(chosen.anchorNode))
      || region.querySelector("input:checked") || listOf(region).matches(":hover") || listOf(region).closest(".scroll").scrollTop > 0;
  }
  /* How many of `places` stand outside the longest run that kept its order: those are the ones that moved. */
  function moved(places) {
    const runs = [];
    places.forEach((place, at) => { runs.push(1 + Math.max(0, ...runs.filter((_, before) => before < at && places[before] < place))); });
    return places.length - Math.max(0, ...runs);
  }
  function gone(row) {
    const left = row.cloneNode(true);
    left.classList.add("gone");
    return left;
  }
  function announce(region, count) {
    const pill = region.querySelector("[data-changes]");
    pill.hidden = false;
    pill.querySelector("[data-changes-count]").textContent = count;
  }

  document.addEventListener("htmx:before:swap", event => {
    const { ctx, tasks } = event.detail, region = ctx.sourceElement;
    if (!region?.dataset?.announce || "changesWanted" in region.dataset || !rowsOf(region).length || !isRead(region)) return;
    const fresh = tasks.find(task => task.target === region)?.fragment.firstElementChild;
    if (!fresh?.dataset.announce) return;
    const shown = rowsOf(region), next = new Map(rowsOf(fresh).map(row => [row.id, row])), order = [...next.keys()];
    const kept = shown.filter(row => next.has(row.id));
    const count = shown.length + next.size - 2 * kept.length + moved(kept.map(row => order.indexOf(row.id)));
    if (!count) return;
    if (!listOf(fresh)) { event.preventDefault(); return announce(region, count); }
    const pager = region.querySelector(".pager"), freshPager = fresh.querySelector(".pager");
    if (pager && freshPager) freshPager.replaceWith(pager.cloneNode(true));  // it goes on after the rows that are shown
    listOf(fresh).replaceChildren(...shown.map(row => next.get(row.id) || gone(row)), ...listOf(fresh).querySelectorAll(":scope > .pager"));
    announce(fresh, count);
  });
  document.addEventListener("click", event => {
    const region = event.target.closest("[data-changes]")?.closest("[data-announce]");
    if (!region) return;
    region.dataset.changesWanted = "";
    showing = region;
    htmx.trigger(region, "live");
  });
  document.addEventListener("htmx:after:settle", () => {
    if (!showing || "changesWanted" in showing.dataset) return;
    listOf(showing)?.closest(".scroll").scrollTo(0, 0);
    showing.focus({ preventScroll: true });
    showing = null;
  });
})();
