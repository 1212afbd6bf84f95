/* [data-tray]: files chosen, pasted, dropped or recorded wait here, are looked at, and go with the composer's words.
   Each is a request of its own: it shows its progress, can be called off, and a second try is the same message. */
behave("[data-tray]", tray => {
  const { url, most, note, big, lost, waiting } = tray.dataset, items = new Map();
  const list = tray.querySelector("ul"), picker = tray.querySelector("input[type=file]"), asDocument = tray.querySelector("[data-as-document]"), near = tray.parentElement;
  const composer = () => near.querySelector("form.composer"), field = () => composer().querySelector("textarea");
  const size = bytes => bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
  const tell = (what, detail) => field().dispatchEvent(new CustomEvent(`words:${what}`, { detail }));
  const fill = text => { field().value = text; field().dispatchEvent(new Event("input", { bubbles: true })); };
  let sending = false;

  function add(file, as = "auto", about = "") {
    if (file.size > +most) return say(`${file.name}: ${big}`, "bad");
    const row = tray.querySelector("template").content.firstElementChild.cloneNode(true), link = URL.createObjectURL(file);
    const part = name => row.querySelector(`[data-part=${name}]`);
    const shown = as === "voice" ? "audio" : /^image\/(jpeg|png|gif|webp)$/.test(file.type) ? "img" : "";
    if (shown) part("look").replaceChildren(Object.assign(document.createElement(shown), { src: link, controls: true, alt: "" }));
    part("name").textContent = as === "voice" ? about : file.name;
    const item = { file, as, row, part, link, id: words.ident(), said: as === "voice" ? "" : size(file.size) };
    part("state").textContent = item.said;
    part("sticker").hidden = file.type !== "image/webp";
    part("remove").addEventListener("click", () => { item.call?.abort(); drop(item); giveBack(item); field().focus(); });
    part("again").addEventListener("click", () => { item.failed = false; send(); });
    items.set(item.id, item);
    list.append(row);
    show();
  }
  function drop(item) {
    URL.revokeObjectURL(item.link);
    items.delete(item.id);
    item.row.remove();
    show();
  }
  function show() {
    tray.hidden = !items.size;
    asDocument.parentElement.hidden = ![...items.values()].some(item => item.as === "auto");
  }

  async function send() {
    if (sending) return;
    const typed = field().value.trim(), first = items.values().next().value;
    if (typed && first && !first.caption) { first.caption = typed; tell("leave", { id: first.id, text: typed }); fill(""); }
    sending = true;
    let left = false;
    for (const item of [...items.values()]) if (items.has(item.id) && !item.failed) left = await upload(item) || left;
    sending = false;
    if (left) near.querySelector("[data-live-topic^='chat:']")?.dispatchEvent(new CustomEvent("live"));
  }
  const upload = item => new Promise(done => {
    const call = item.call = new XMLHttpRequest(), data = new FormData(), bar = item.part("progress"), quoted = composer().elements.quoted_wa_id;
    const as = item.as !== "auto" ? item.as : asDocument.checked ? "document" : item.part("sticker").querySelector("input").checked ? "sticker" : "auto";
    for (const [name, value] of Object.entries({ as, client_id: item.id, caption: item.caption || "", quoted_wa_id: quoted?.value || "" })) data.append(name, value);
    data.append("file", item.file, item.file.name);
    call.open("POST", url);
    call.setRequestHeader("X-CSRF-Token", words.token());
    call.setRequestHeader("HX-Request", "true");
    call.upload.addEventListener("progress", ({ loaded, total }) => { bar.value = loaded / total; });
    call.addEventListener("loadend", () => {
      bar.hidden = true;
      item.call = null;
      if (call.status === 200) { drop(item); tell("arrived", { id: item.id }); quoted?.closest(".answering").remove(); }
      else if (items.has(item.id)) fail(item, call);
      done(call.status === 200);
    });
    bar.hidden = false;
    item.part("again").hidden = true;
    item.part("state").textContent = waiting;
    call.send(data);
  });
  function fail(item, call) {
    const refused = call.status === 422 || call.status === 413, said = call.getResponseHeader("X-Said");
    item.failed = true;
    item.part("state").textContent = call.status === 413 ? big : said ? decodeURIComponent(said) : refused ? call.responseText : lost;
    item.part("again").hidden = refused;
    if (refused) giveBack(item);
  }
  /* Whatever becomes of the file, its words are not lost. */
  function giveBack(item) {
    if (!item.caption) return;
    fill([item.caption, field().value].filter(Boolean).join("\n\n"));
    item.caption = "";
    tell("back", { id: item.id });
  }

  picker.addEventListener("change", () => { [...picker.files].forEach(file => add(file)); picker.value = ""; field().focus(); });
  near.addEventListener("click", event => {
    if (!event.target.closest("[data-pick]")) return;
    event.preventDefault();
    picker.click();
  });
  near.addEventListener("paste", ({ clipboardData, target }) => {  // cells of a sheet bring their picture too: words win
    const files = [...clipboardData.files], text = clipboardData.getData("text/plain").trim();
    if (!files.length || (text && !files.some(file => text.includes(file.name)))) return;
    if (target.closest(".note-composer")) return say(note, "bad");
    files.forEach(file => add(file));
  });
  near.addEventListener("submit", event => {
    if (!items.size || event.target !== composer()) return;
    event.preventDefault();
    event.stopPropagation();
    send();
  }, true);
  tray.addEventListener("tray:add", ({ detail: { file, as, about } }) => add(file, as, about));
  const thread = tray.closest(".thread"), over = on => thread.toggleAttribute("data-dropping", on);
  thread.addEventListener("dragover", event => { if (event.dataTransfer.types.includes("Files")) { event.preventDefault(); over(true); } });
  thread.addEventListener("dragleave", event => { if (!thread.contains(event.relatedTarget)) over(false); });
  thread.addEventListener("drop", event => {
    over(false);
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    if (near.querySelector("[data-modes] [value=note]")?.checked) return say(note, "bad");
    [...event.dataTransfer.files].forEach(file => add(file));
  });
  addEventListener("beforeunload", event => { if ((sending || items.size) && tray.isConnected) event.preventDefault(); });
});
