/* [data-jump="message-7"] goes to that element when it is on the page; else its link opens the part where it is. */
document.addEventListener("click", event => {
  const link = event.target.closest?.("[data-jump]");
  const there = link && document.getElementById(link.dataset.jump);
  if (!there || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  there.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  there.setAttribute("tabindex", "-1");
  there.focus({ preventScroll: true });
  there.classList.add("found");
  setTimeout(() => there.classList.remove("found"), 2000);
});
