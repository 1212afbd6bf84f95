/* [data-autosave="/url"]: the field is PUT there 800 ms after the last key, one request after the other; until the server has
   it, and a moment longer (`done`: a page that was being made meanwhile does not have it), it is kept in words.js. A second tab
   shows what the first one types; what another browser of the same person saved meanwhile stays there and is offered here (`base`:
   the version that was read). Whoever sends its words says so on the field: words:leave {id, text}, then words:arrived {id}
   or words:back {id}. */
behave("[data-autosave]", field => {
  const url = field.dataset.autosave, form = field.form, kept = () => words.get(url) || {};
  let saved = field.value, timer = 0, work = Promise.resolve(), busy = false, base = +form.elements.draft?.value || 0;

  function keep(change) {
    const { text, id, sent, done } = { ...kept(), done: undefined, ...change };
    if (text === undefined && !sent?.length) words.drop(url); else words.set(url, { text, id, sent, done, base });
  }
  function read(version) {
    base = version;
    if (form.elements.draft) form.elements.draft.value = version;
    if (kept().text !== undefined) keep({});
  }
  const isSending = () => kept().sent?.some(([id]) => words.flying.has(id));
  const later = wait => { clearTimeout(timer); timer = setTimeout(save, wait); };
  function put(text, client_id = "") {
    const body = new URLSearchParams({ [field.name]: text, draft: base, ...client_id && { client_id } });
    return fetch(url, { method: "PUT", body, keepalive: text.length < 15000, headers: { "X-CSRF-Token": words.token(), "HX-Request": "true" } }).catch(() => null);
  }
  async function step() {
    const text = field.value;
    if (isSending()) return;  // or the draft would be of words that are leaving
    if (text !== saved) {
      busy = true;
      const answer = await put(text, kept().text === text ? kept().id : "");
      busy = false;
      if (answer?.status === 205) return gone(text);
      if (answer?.status === 401) document.dispatchEvent(new CustomEvent("live:over"));
      if (answer?.status === 409) return elsewhere(await answer.json());
      if (!answer?.ok) return !answer || answer.status >= 500 || answer.status === 429 ? later(5000) : undefined;
      saved = text;
      read(+answer.headers.get("X-Draft"));
      form.querySelector("[data-elsewhere]")?.remove();
    }
    if (kept().text !== text) return;
    keep({ id: undefined, done: true });
    setTimeout(() => kept().done && kept().text === text && keep({ text: undefined }), 30000);
  }
  function save() { clearTimeout(timer); return work = work.then(step); }

  function elsewhere({ body, version }) {
    const line = Object.assign(document.createElement("p"), { className: "row wrap hint" }), said = document.getElementById("dialog").dataset;
    const button = (text, act) => Object.assign(document.createElement("button"), { type: "button", className: "btn small", textContent: text, onclick: () => { line.remove(); read(version); saved = null; act(); field.focus(); } });
    line.dataset.elsewhere = "";
    line.append(Object.assign(document.createElement("span"), { textContent: said.elsewhere, role: "status" }), Object.assign(document.createElement("q"), { textContent: body, dir: "auto", className: "cut grow" }),
      button(said.add, () => { field.value = [body, field.value].filter(Boolean).join("\n\n"); field.dispatchEvent(new Event("input", { bubbles: true })); }), button(said.throw, save));
    form.querySelector("[data-elsewhere]")?.remove();
    form.prepend(line);
    if (!field.value.trim()) keep({ text: undefined });  // nothing of ours waits
  }
  /* It had been sent, and only the answer was lost. */
  function gone(text) {
    if (kept().text === text) keep({ text: undefined, id: undefined });
    if (field.value === text) field.value = "";
    saved = null;
    save();
  }
  function show(text) { field.value = text; saved = null; if (document.activeElement === field) field.setSelectionRange(text.length, text.length); }
  /* What was on its way when its page died may have arrived: the server knows by its id, and shows it in the thread. */
  async function restore() {
    const { text, id, sent = [], done, at, base: was } = kept(), ways = sent.filter(([one]) => !words.flying.has(one)), rest = [];
    if (done && (at < performance.timeOrigin || text === field.value)) return keep({ text: undefined });
    if (id && text) ways.push([id, text]); else if (text !== undefined) rest.push(text);
    const join = () => [...ways.map(([, one]) => one), ...rest].filter(Boolean).join("\n\n");
    if (!ways.length && !rest.length) return;
    if (text !== undefined && was !== undefined) read(was);
    show(join());
    for (const way of [...ways]) {
      const before = join();
      if ((await put(way[1], way[0]))?.status !== 205) continue;
      ways.splice(ways.indexOf(way), 1);
      if (field.value === before) show(join());
    }
    const flying = sent.filter(([one]) => words.flying.has(one)), fresh = form.querySelector("[data-fresh-id]");
    if (ways.length === 1 && field.value === ways[0][1] && fresh) fresh.value = ways[0][0];
    keep({ text: field.value, id: ways.length === 1 && field.value === ways[0][1] ? ways[0][0] : undefined, sent: flying });
    saved = null;
    save();
  }

  field.addEventListener("input", () => { keep({ text: field.value, id: undefined }); later(800); });
  field.addEventListener("blur", save);
  field.addEventListener("words:leave", ({ detail: { id, text } }) => {
    words.flying.add(id);
    keep({ text: undefined, id: undefined, sent: [...kept().sent || [], [id, text]] });
    if (busy) work = work.then(() => { saved = null; });  // a draft under way may come after what it was of
  });
  field.addEventListener("words:arrived", ({ detail: { id, forgotten } }) => {
    words.flying.delete(id);
    keep({ sent: (kept().sent || []).filter(([one]) => one !== id) });
    work = work.then(() => { if (!forgotten || busy) saved = null; else if (saved !== null) saved = ""; });
    save();
  });
  field.addEventListener("words:back", ({ detail: { id } }) => {
    words.flying.delete(id);
    const sent = kept().sent || [], text = sent.find(([one]) => one === id)?.[1];
    keep({ sent: sent.filter(([one]) => one !== id), ...field.value === text && { text, id } });
    saved = null;
    save();
  });
  addEventListener("storage", ({ key, newValue }) => {
    if (words.keyOf(key) !== url || !field.isConnected || !newValue) return;
    const { text, sent = [], base: theirs = 0 } = JSON.parse(newValue);
    if (theirs > base) { base = theirs; if (form.elements.draft) form.elements.draft.value = base; }
    if (text !== undefined) field.value = saved = text;
    else if (sent.some(([, one]) => one === field.value)) field.value = saved = "";
  });
  addEventListener("online", () => field.value !== saved && save());
  addEventListener("pagehide", () => { if (field.isConnected && field.value !== saved && !isSending()) put(field.value); });
  document.addEventListener("words:flush", ({ detail }) => detail.jobs.push(save()));
  restore();
});
