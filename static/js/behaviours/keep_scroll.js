/* [data-keep-scroll]: starts at the end and stays there while within 100 px of it; further up, a push only lights the
   sibling [data-pill] with a count, and older rows in front, or an alarm above, leave what is being read where it is. */
behave("[data-keep-scroll]", box => {
  const pill = box.parentElement.querySelector("[data-pill]"), counter = pill?.querySelector("[data-pill-count]");
  let fromEnd = 0, below = 0, unseen = 0, first = box.firstElementChild, { top } = box.getBoundingClientRect();
  const toEnd = () => { box.scrollTop = box.scrollHeight; };
  const note = () => {
    below = box.scrollHeight - box.scrollTop;  // whatever the box's own height becomes
    fromEnd = below - box.clientHeight;
    if (fromEnd < 100) unseen = 0;
    if (pill) pill.hidden = !unseen;
    if (counter) counter.textContent = unseen;
  };
  const settle = records => {
    const added = records.flatMap(record => record.target === box ? [...record.addedNodes] : []).filter(node => node.nodeType === 1);
    const anchor = first;
    first = box.firstElementChild;
    if (fromEnd < 100) toEnd();
    else if (added.length && (!anchor?.isConnected || added.some(node => node.compareDocumentPosition(anchor) & 4))) {
      box.scrollTop = box.scrollHeight - below;
    } else unseen += added.filter(node => node.matches(".in")).length;
    note();
  };
  const fit = () => {
    if (fromEnd < 100) toEnd();
    else if (box.clientHeight) box.scrollTop -= top - (top = box.getBoundingClientRect().top);
  };
  (box.querySelector("[data-scroll-here]") || { scrollIntoView: toEnd }).scrollIntoView({ block: "center" });
  note();
  box.addEventListener("scroll", note, { passive: true });
  pill?.addEventListener("click", () => { unseen = 0; toEnd(); note(); });
  new MutationObserver(settle).observe(box, { childList: true, subtree: true, characterData: true });
  new ResizeObserver(fit).observe(box);
});
