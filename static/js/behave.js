/* behave(selector, start): runs start(element) once for each match, now and whenever a swap or push brings a new one. */
(() => {
  "use strict";
  const started = new WeakMap(), rules = [];
  const run = ({ selector, start }) => document.querySelectorAll(selector).forEach(element => {
    const done = started.get(element) || started.set(element, new Set()).get(element);
    if (!done.has(start)) { done.add(start); start(element); }
  });
  window.behave = (selector, start) => { const rule = { selector, start }; rules.push(rule); run(rule); };
  document.addEventListener("htmx:after:settle", () => rules.forEach(run));
})();
