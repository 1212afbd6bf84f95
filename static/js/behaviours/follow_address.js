/* What tells a choice follows the address, however that came (a column, a chip, a tab, a search): the fields of form[data-follows],
   but not the one somebody types in, and the way from the list to the board, which takes the filter along. */
document.addEventListener("htmx:after:history:update", () => {
  const said = new URLSearchParams(location.search);
  for (const field of document.querySelectorAll("form[data-follows] [name]")) {
    if (field.type === "hidden") field.disabled = !said.has(field.name);
    else if (field !== document.activeElement) field.value = said.get(field.name) ?? "";
  }
  for (const place of ["after", "before", "limit"]) said.delete(place);
  for (const link of document.querySelectorAll('.bar a[href^="/leads/board"]')) link.search = said;
});
