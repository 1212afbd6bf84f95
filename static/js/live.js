/* live.js: one socket per tab. The server is the truth; a push is a courtesy and re-asking is the promise.
   in : {op:"hello",v} {op:"push",topic,html} {op:"poke",topics} {op:"resync"} {op:"hb"} {op:"sub",n}   out: {op:"sub",topics,n}
   A region that comes into the page asks its URL as soon as the server has said that it listens for it ("sub" with the same
   number), so nothing is lost between its HTML and its subscription; one that asks by itself on "load" need not twice. */
(() => {
  "use strict";
  const root = document.documentElement, path = root.dataset.live;
  const WATCHDOG = 45000, OFFLINE_AFTER = 10000, POLL_EVERY = 15000;
  let socket = null, tries = 0, heard = 0, version = "", retry = 0, joined = new Set();
  let lostAt = Date.now(), polledAt = 0, work = Promise.resolve();
  let said = 0, done = 0, known = new WeakSet();
  const waiting = new Set(), held = new Set(), joining = new Map();

  const topicsOf = element => element.dataset.liveTopic.split(" ").filter(Boolean);
  const regions = () => [...document.querySelectorAll("[data-live-topic]")];
  const about = topics => regions().filter(region => topicsOf(region).some(topic => topics.includes(topic)));
  const show = state => { if (root.dataset.net !== state) root.dataset.net = state; };

  function ask(region) {
    waiting.delete(region);
    if (hold.isBusy(region)) held.add(region);
    else if (region.isConnected) htmx.trigger(region, "live", {}, false);
  }
  const poke = (list, from = 0, spread = 20) => list.filter(region => !waiting.has(region)).forEach(region => {
    waiting.add(region);
    setTimeout(ask, from + Math.random() * spread, region);
  });
  const resync = () => poke(regions(), 0, 400);

  function subscribe() {
    if (socket?.readyState !== 1) return;
    const all = regions(), wanted = new Set(all.flatMap(topicsOf)), fresh = [...wanted].filter(topic => !joined.has(topic));
    if (fresh.length || wanted.size !== joined.size) socket.send(JSON.stringify({ op: "sub", topics: [...wanted], n: ++said }));
    joined = wanted;
    for (const region of all) {
      const isOld = known.has(region) || region.getAttribute("hx-trigger")?.includes("load");
      if (!isOld || topicsOf(region).some(topic => fresh.includes(topic))) joining.set(region, said);
      known.add(region);
    }
    heardFor(done);
  }
  function heardFor(number) {
    done = number;
    const ready = [...joining].filter(([, at]) => at <= done).map(([region]) => region);
    ready.forEach(region => joining.delete(region));
    poke(ready, 0, 250);
  }

  async function handle({ op, v, html, topic, topics, n }) {
    if (op === "hello") {
      tries = lostAt = 0;
      show("live");
      if (version && v !== version) document.dispatchEvent(new CustomEvent("live:version"));
      version = v;
    }
    else if (op === "push") {
      await hold.released();
      const asking = about([topic]).filter(region => region.matches(".htmx-request"));
      await htmx.swap({ sourceElement: document.body, target: document.body, swap: "none", text: html });
      poke(asking);  // their answer may be older than this
    }
    else if (op === "sub") heardFor(n);
    else if (op === "poke") poke(about(topics));
    else if (op === "resync") resync();
  }

  const leave = () => { socket = null; joined = new Set(); known = new WeakSet(); joining.clear(); };
  function lost(code) {
    leave(); lostAt ||= Date.now();
    show("catching-up");
    if (code === 4429) { tries = 6; document.dispatchEvent(new CustomEvent("live:crowded")); }
    if (code === 4401) return document.dispatchEvent(new CustomEvent("live:over"));
    retry = setTimeout(connect, Math.min(30000, 500 * 2 ** tries++) * (.5 + Math.random() / 2));
  }
  function connect() {
    clearTimeout(retry);
    if (socket) return;
    const mine = socket = new WebSocket(path.startsWith("ws") ? path : location.origin.replace("http", "ws") + path);
    heard = Date.now();
    mine.onopen = subscribe;
    mine.onclose = event => mine === socket && lost(event.code);
    mine.onmessage = event => {
      heard = Date.now();
      work = work.then(() => handle(JSON.parse(event.data))).catch(error => { console.warn("live", error); resync(); });
    };
  }
  function drop() { const old = socket; lost(0); old?.close(); }

  function tick() {
    const now = Date.now();
    if (socket && now - heard > WATCHDOG) drop();
    if (!lostAt || now - lostAt < OFFLINE_AFTER) return;
    show("offline");
    if (!document.hidden && now - polledAt > POLL_EVERY) { polledAt = now; resync(); }
  }
  function wake() {
    if (document.hidden) return;
    tries = 0;
    if (socket && Date.now() - heard > WATCHDOG / 2) drop();
    connect();
  }

  if (!path) return;
  const askHeld = () => { const ready = [...held]; held.clear(); poke(ready); };
  document.addEventListener("hold:over", askHeld);
  new MutationObserver(askHeld).observe(root, { subtree: true, childList: true, attributeFilter: ["data-live-hold"] });
  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => { ctx.asked = ctx.sourceElement?.getAttribute?.("hx-get"); });
  document.addEventListener("htmx:before:swap", event => {  // asked before the hold began, or of what is not chosen any more
    const { ctx } = event.detail, region = ctx.sourceElement, isBusy = region?.dataset?.liveTopic && hold.isBusy(region);
    if (!isBusy && (!region?.dataset?.liveTopic || ctx.asked === region.getAttribute("hx-get"))) return;
    event.preventDefault();
    if (isBusy) held.add(region); else poke([region]);
  });
  document.addEventListener("htmx:after:settle", subscribe);
  document.addEventListener("visibilitychange", wake);
  addEventListener("online", wake);
  addEventListener("pageshow", event => { if (event.persisted) { connect(); resync(); } });
  addEventListener("pagehide", () => { const old = socket; leave(); old?.close(1000); });
  setInterval(tick, 2500);
  show("catching-up");
  connect();
})();
