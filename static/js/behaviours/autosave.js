/* [data-autosave="/url"]: the field is PUT there 800 ms after the last key, and at once when the page is left.
   On the server and not in localStorage: a draft follows the person and stays inside the company. */
behave("[data-autosave]", field => {
  let timer = 0, saved = field.value;
  const save = () => {
    clearTimeout(timer);
    if (field.value === saved) return;
    saved = field.value;
    const token = document.querySelector("meta[name=csrf-token]").content;
    fetch(field.dataset.autosave, {
      method: "PUT", keepalive: true, headers: { "X-CSRF-Token": token, "HX-Request": "true" },
      body: new URLSearchParams({ [field.name]: field.value }),
    }).catch(() => { saved = null; });
  };
  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 800); });
  field.addEventListener("blur", save);
  addEventListener("pagehide", save);
});
