/* a[data-peek] opens its record in the drawer. Ctrl-click, the middle button and no JavaScript follow the link. */
document.addEventListener("click", event => {
  const link = event.target.closest("a[data-peek]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  htmx.ajax("GET", `${link.getAttribute("href")}?peek=1`, { source: link, target: "#drawer" });
});
