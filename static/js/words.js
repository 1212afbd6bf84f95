/* words: what was typed and the server does not have yet, kept in this browser from the first key on, so that no closed page,
   lost session or stopped server takes it away. Under the person it belongs to; gone as soon as the server has it, when
   they sign out, and after a week. */
(() => {
  "use strict";
  const WEEK = 7 * 864e5, BEGIN = "words:", own = `${BEGIN}${document.documentElement.dataset.who || ""}:`;
  const read = name => { try { return JSON.parse(localStorage.getItem(name)); } catch { return null; } };
  const names = begin => { try { return Object.keys(localStorage).filter(name => name.startsWith(begin)); } catch { return []; } };
  window.words = {
    flying: new Set(),  // client ids of what is being sent by this page
    ident: () => Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join(""),
    token: () => document.querySelector("meta[name=csrf-token]").content,
    get: key => read(own + key),
    set(key, kept) { try { localStorage.setItem(own + key, JSON.stringify({ ...kept, at: Date.now() })); } catch { /* full, or forbidden */ } },
    drop: key => { try { localStorage.removeItem(own + key); } catch { /* forbidden */ } },
    keyOf: name => name?.startsWith(own) ? name.slice(own.length) : null,
    left: () => names(own).filter(name => !read(name)?.done).length,
    leave(key) { try { sessionStorage["words:way"] = own + key; } catch { /* forbidden */ } },
    flush() { const jobs = []; document.dispatchEvent(new CustomEvent("words:flush", { detail: { jobs } })); return Promise.all(jobs); },
    forget: () => names(own).forEach(name => localStorage.removeItem(name)),
  };
  /* A plain form left with its words: this page is its answer, and says by its status whether they arrived. */
  try {
    const way = sessionStorage["words:way"], { type, responseStatus } = performance.getEntriesByType("navigation")[0] || {};
    delete sessionStorage["words:way"];
    if (way?.startsWith(own) && type === "navigate" && !(responseStatus >= 400)) localStorage.removeItem(way);
  } catch { /* forbidden */ }
  for (const name of names(BEGIN)) if (!(Date.now() - read(name)?.at < WEEK)) localStorage.removeItem(name);
})();
