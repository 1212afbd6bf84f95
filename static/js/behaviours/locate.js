/* [data-locate="#field"] writes the browser's coordinates into the field; a refusal is said in data-refused. */
behave("[data-locate]", button => {
  button.hidden = !("geolocation" in navigator) || !isSecureContext;
  button.addEventListener("click", () => {
    const field = document.querySelector(button.dataset.locate);
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => { field.value = `${coords.latitude.toFixed(6)}, ${coords.longitude.toFixed(6)}`; button.disabled = false; field.focus(); },
      () => {
        button.disabled = false;
        say(button.dataset.refused, "bad");
      },
      { timeout: 15000, maximumAge: 60000 },
    );
  });
});
