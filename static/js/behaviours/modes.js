/* [data-modes]: an answer or a note. What somebody chose stays chosen in this tab, whatever is loaded or drawn anew, until they
   choose again or answer a message; with no choice the words that were typed last are the ones that are open. */
{
const nameOf = box => `mode:${box?.id}`;
const forget = box => { try { sessionStorage.removeItem(nameOf(box)); } catch { /* forbidden */ } };
let isComing = performance.getEntriesByType("navigation")[0]?.type === "navigate";

behave("[data-modes]", modes => {
  const box = modes.closest(".writing"), asked = new URLSearchParams(location.search), isAsked = asked.has("answer") || asked.has("write");
  const typed = (kind, way) => ({ kind, at: words.get(box.querySelector(way)?.dataset.autosave)?.at || 0 });
  const open = kind => { const choice = modes.querySelector(`[value=${kind}]`); if (choice) choice.checked = true; };
  const field = () => [...box.querySelectorAll("textarea")].find(one => one.checkVisibility());
  const chosen = () => { try { return JSON.parse(sessionStorage[nameOf(box)]); } catch { return { at: 0 }; } };
  const keep = () => { try { sessionStorage[nameOf(box)] = JSON.stringify({ kind: modes.querySelector(":checked").value, at: Date.now() }); } catch { /* forbidden */ } };

  if (isComing && isAsked) forget(box);
  isComing = false;
  const ways = [chosen(), ...isAsked ? [] : [typed("answer", "[name=body]"), typed("note", "[name=note]")]];
  const last = ways.reduce((one, other) => other.at > one.at ? other : one);
  if (last.at) open(last.kind);
  modes.addEventListener("change", () => { keep(); field().focus(); });
  box.closest(".thread").addEventListener("keydown", event => {
    if (!box.isConnected || event.code !== "KeyN" || !event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    open(modes.querySelector("[value=note]").checked ? "answer" : "note");
    keep();
    field().focus();
  });
});
document.addEventListener("click", ({ target }) => target.closest?.("[data-open-chat=here]") && forget(document.querySelector(".writing")), true);
}
