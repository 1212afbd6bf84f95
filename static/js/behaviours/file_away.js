/* A picture, sound or film that cannot be loaded says so (template#file-away), and is asked for again when pressed. */
(() => {
  const away = file => {
    const words = document.getElementById("file-away"), shown = file.closest(".picture") || file;
    if (!words || shown.hidden || shown.nextElementSibling?.matches("[role=alert]")) return;
    const notice = words.content.firstElementChild.cloneNode(true);
    notice.querySelector("button").addEventListener("click", () => {
      notice.remove();
      shown.hidden = false;
      if (file.load) file.load(); else file.src = file.getAttribute("src");
    });
    shown.hidden = true;
    shown.after(notice);
  };
  document.addEventListener("error", event => event.target.matches?.(".msg :is(img, video, audio)") && away(event.target), true);
  // A bubble drawn anew has lost its notice, and a picture that failed before does not fail again by itself.
  const look = () => document.querySelectorAll(".msg img").forEach(image => image.complete && !image.naturalWidth && away(image));
  document.addEventListener("htmx:after:settle", look);
  look();
})();
