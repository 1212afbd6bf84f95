/* A fragment is the whole state of a named thing: one that is on the page already is morphed instead of inserted twice,
   and a lower data-version never replaces a higher one. Holds for pages' own answers and for pushes alike. */
(() => {
  "use strict";
  const isOlder = (now, next) => +next?.dataset?.version < +now?.dataset?.version;
  htmx.registerExtension("upsert", { htmx_before_morph_node: (_, { oldNode, newNode }) => !isOlder(oldNode, newNode) });
  document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => {
    for (const task of [...tasks]) {
      let taken = false;
      const inserts = /^(before|after)/.test(task.swapSpec.style);
      for (const node of [...task.fragment.children]) {
        const here = node.id && document.getElementById(node.id);
        if (!here || !(inserts || (here === task.target && isOlder(here, node)))) continue;
        node.remove();
        taken = true;
        if (isOlder(here, node)) continue;
        const fragment = document.createDocumentFragment();
        fragment.append(node);
        tasks.push({ ...task, type: "partial", target: here, fragment, swapSpec: { ...task.swapSpec, style: "outerMorph" } });
      }
      if (taken && !task.fragment.textContent.trim() && !task.fragment.childElementCount) tasks.splice(tasks.indexOf(task), 1);
    }
  });
})();
