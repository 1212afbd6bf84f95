/* What the robot knows of a page, from its first line on: whether anything is still to happen by itself, what can be pressed
   where, and what the page shows. */
(() => {
  "use strict";
  const SOON = 3500, page = () => document.documentElement.dataset;
  const timers = new Set(), later = window.setTimeout.bind(window), never = window.clearTimeout.bind(window);
  let calls = 0, mark = 0, joining = 0, isTravelling = false, socket = null;

  window.setTimeout = (act, wait = 0, ...rest) => {
    const timer = later((...given) => { timers.delete(timer); if (typeof act === "function") act(...given); }, wait, ...rest);
    if (wait <= SOON) timers.add(timer);
    return timer;
  };
  window.clearTimeout = timer => { timers.delete(timer); never(timer); };
  const counted = promise => { calls += 1; return promise.finally(() => { calls -= 1; }); };
  const { fetch } = window, { send } = XMLHttpRequest.prototype, { text } = Response.prototype;
  window.fetch = (...asked) => counted(fetch(...asked));
  Response.prototype.text = function () { return counted(text.call(this)); };
  XMLHttpRequest.prototype.send = function (...given) {
    calls += 1;
    this.addEventListener("loadend", () => { calls -= 1; });
    send.apply(this, given);
  };
  /* The robot's own marks come through the hub after everything that was told before them; the page never sees them. */
  window.WebSocket = class extends WebSocket {
    constructor(...given) { super(...given); socket = this; joining = 0; }
    send(said) { joining = JSON.parse(said).n || joining; super.send(said); }
    set onmessage(act) {
      super.onmessage = event => {
        const said = /robot-mark-(\d+)/.exec(event.data);
        if (said) mark = Math.max(mark, +said[1]); else act.call(this, event);
        if (event.data === `{"op":"sub","n":${joining}}`) joining = 0;
      };
    }
  };
  for (const kind of ["popstate", "pageshow"]) addEventListener(kind, () => { isTravelling = false; });

  const frame = () => new Promise(done => { requestAnimationFrame(done); later(done, 60); });
  const moves = () => document.getAnimations().some(one => one.playState === "running" && one.effect?.getComputedTiming().endTime < 1e5);
  const why = () => document.readyState !== "complete" ? "loading" : isTravelling ? "travelling"
    : page().live && page().net !== "live" ? `net ${page().net}` : joining ? `joining ${joining}` : calls ? `${calls} calls` : timers.size ? `${timers.size} timers`
    : document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling") ? "htmx" : moves() ? "animation" : "";
  async function until(true_, seconds) {
    for (const end = performance.now() + seconds * 1000; performance.now() < end;) { if (true_()) return true; await frame(); }
    return false;
  }
  async function quiet() {
    for (let still = 0; still < 2; still = why() ? 0 : still + 1) {
      if (why() && !await until(() => !why(), 30)) return why();
      await frame();
    }
    return "";
  }

  /* What a hand can press now: in the window, and nothing over it. */
  const goal = one => [one.getAttribute("href"), one.formAction !== location.href && one.getAttribute("formaction"), one.form?.getAttribute("action"), one.getAttribute("hx-post"), one.getAttribute("hx-get")].filter(Boolean).join(" ");
  function reach(css) {
    return [...document.querySelectorAll(css)].flatMap(one => {
      const { left, top, width, height } = one.getBoundingClientRect(), x = left + width / 2, y = top + height / 2;
      const there = width > 3 && height > 3 && document.elementFromPoint(x, y);
      if (!there || !(one.contains(there) || there.closest("label")?.control === one)) return [];
      return [{ x, y, goal: goal(one), posts: one.form?.method === "post" && one.type === "submit", is: one.outerHTML.replace(/\s+/g, " ").slice(0, 120) }];
    });
  }

  /* Text, values and places to go, line by line; lists that grow are apart, row by row. */
  const SKIP = "small:has(> code:only-child), p[data-kept], p[data-elsewhere], script, .error[role=alert], template, noscript, style, svg, .skip, .no-js, .net, dialog, [popover]:not(#side), .toasts, .changes, [role=status]:has(> [data-changes]), [data-tray], [data-pill], datalist, [data-modes]";
  const LIST = "[data-shown], .messages, tbody[data-roving]";
  const valueOf = field => field.matches("select") ? [...field.selectedOptions].map(one => one.text.trim()).join() : field.matches("[type=radio], [type=checkbox]") ? String(field.checked) : field.value.trim();
  const isUnasked = node => innerWidth > 900 ? node.matches(".only-phone") : (node.id === "side" || node.matches("[hx-trigger*=intersect]"));
  function tell(node, lines, lists) {
    for (const one of node.childNodes) {
      if (one.nodeType === 3) { const words = one.data.replace(/\s+/g, " ").trim(); if (words) lines.push(words); continue; }
      if (one.nodeType !== 1 || one.hidden || one.matches(SKIP) || isUnasked(one) || isHeld(one)) continue;
      if (one.matches("time")) { lines.push(one.dateTime); continue; }
      if (one.matches(LIST) && lists) { lists.push(listOf(one)); continue; }
      if (one.matches(".pager") && lists) { const pages = []; tell(one, pages); lists.push({ name: "pager", rows: [["pager", pages.join("\n")]] }); continue; }
      if (one.matches("a[href]")) lines.push(`→ ${one.getAttribute("href").replace(/^(\/leads\/board)\?.*/, "$1")}`);
      if (one.matches("[aria-current]")) lines.push("(here)");
      if (one.matches("form:is([data-keep=off], :has([type=password])) *")) { if (!one.matches("input, select, textarea")) tell(one, lines, lists); continue; }  // may hold a secret, is not kept
      if (one.matches("form[method=post] :is(select, [type=checkbox], [type=radio])")) continue;  // a choice that was not saved is none
      if (one.matches("input:not([type=hidden], [type=file], [type=password]), select, textarea")) { lines.push(`${one.name} = ${valueOf(one)}`); continue; }
      tell(one, lines, lists);
    }
  }
  function listOf(list) {
    const rows = [...list.children].filter(row => row.id && !row.matches(".pager, .day")).map(row => { const lines = []; tell(row, lines); return [row.id, lines.join("\n") + (row.matches("[aria-current]") ? "\n(here)" : "")]; });
    return { name: list.dataset.shown || (list.matches(".messages") ? "messages" : "rows"), rows, waits: Boolean(list.closest("[data-announce]")?.querySelector("[data-changes]:not([hidden])")) };
  }
  /* Opened in place, by a hand: a fresh load has it closed. */
  const open = () => [...document.querySelectorAll("[id][data-live-hold], [id][hx-morph-skip]:has(form)")].map(one => one.id).filter(id => !["main", "open", "board"].includes(id));
  let held = new Set();
  const isHeld = node => held.has(node.id);

  window.robot = {
    quiet, reach, open,
    marked: number => until(() => mark >= number, .5),
    drop: () => socket?.close(),
    travel(steps, times) {
      const { currentEntry: { index } } = navigation, room = steps < 0 ? index : navigation.entries().length - 1 - index;
      if (!room) return false;
      isTravelling = true;
      for (let count = 0; count < Math.min(times, room); count += 1) history.go(steps);
      return true;
    },
    shape(skip) {
      held = new Set(skip);
      const lines = [document.title], lists = [];
      for (const part of document.querySelectorAll(".app, .tabbar")) tell(part, lines, lists);
      return { lines, lists };
    },
    focus() {
      const now = document.activeElement, dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
      if (dialog?.matches(":modal") && now !== document.body && !dialog.contains(now)) return `behind the dialog: ${now.outerHTML.slice(0, 90)}`;
      if (!now || now === document.body) return "body";
      return now.isConnected && now.checkVisibility({ visibilityProperty: true }) ? now.localName : `hidden: ${now.outerHTML.slice(0, 90)}`;
    },
    /* Whose words are typed in what has the focus, and where they may be by now. */
    box: () => document.activeElement.dataset?.autosave || "",
    words: url => {
      const box = document.querySelector(`[data-autosave="${url}"]`);
      return box && [box.value, document.querySelector(".messages").textContent].join("\n");
    },
  };
})();
