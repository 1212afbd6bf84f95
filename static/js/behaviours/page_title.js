/* h1[data-title-of="lead-7-record"] and the browser's title follow the data-title of that element when it is drawn anew. */
document.addEventListener("htmx:after:settle", () => {
  const heading = document.querySelector("h1[data-title-of]"), title = heading && document.getElementById(heading.dataset.titleOf)?.dataset.title;
  if (!title || heading.textContent === title) return;
  document.title = document.title.replace(heading.textContent, () => title);  // "$&" in a title is only text
  heading.textContent = title;
});
