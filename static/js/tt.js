/* Trusted Types for htmx: fragments may carry HTML but never script, and nothing is ever evaluated. */
(() => {
  "use strict";
  document.documentElement.dataset.js = "";
  if (!window.trustedTypes) return;
  const refuseScript = () => { throw new TypeError("scripts in fragments are refused"); };
  const policy = trustedTypes.createPolicy("htmx", { createHTML: html => html, createScript: refuseScript });
  const noEval = function () { return { call() { throw new TypeError("eval is refused"); } }; };
  htmx.registerExtension("tt", { init: api => api.initSecurity(policy, noEval, noEval) });
})();
