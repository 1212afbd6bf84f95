/* [data-record] records a voice note; [data-recording] shows for how long, and calls it off or hands it to the tray. */
behave("[data-recording]", bar => {
  const near = bar.parentElement, clock = bar.querySelector("[data-part=clock]"), tray = near.querySelector("[data-tray]");
  const kinds = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"], LONGEST = 15 * 60;
  const spell = seconds => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  let recorder = null, began = 0, timer = 0;

  async function start() {
    if (recorder) return;
    if (!isSecureContext || !navigator.mediaDevices || !window.MediaRecorder) return say(bar.dataset.insecure, "bad");
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => null);
    if (!stream) return say(bar.dataset.refused, "bad");
    const type = kinds.find(kind => MediaRecorder.isTypeSupported(kind)), pieces = [];
    recorder = new MediaRecorder(stream, type ? { mimeType: type, audioBitsPerSecond: 32000 } : {});
    recorder.addEventListener("dataavailable", ({ data }) => pieces.push(data));
    recorder.addEventListener("stop", () => {
      stream.getTracks().forEach(track => track.stop());
      const kept = recorder.kept, seconds = Math.max(1, Math.round((Date.now() - began) / 1000)), mime = recorder.mimeType;
      recorder = null;
      clearInterval(timer);
      bar.hidden = true;
      if (!kept) return;
      const file = new File(pieces, "voice", { type: mime.split(";")[0] });
      tray.dispatchEvent(new CustomEvent("tray:add", { detail: { file, as: "voice", about: `${bar.dataset.name} ${spell(seconds)}` } }));
      near.querySelector("form.composer textarea").focus();
    });
    recorder.start(1000);
    began = Date.now();
    bar.hidden = false;
    bar.querySelector("[data-part=keep]").focus();
    tick();
    timer = setInterval(tick, 500);
  }
  function tick() {
    const seconds = Math.floor((Date.now() - began) / 1000);
    clock.textContent = spell(seconds);
    if (seconds >= LONGEST) stop(true);
  }
  function stop(kept) {
    if (!recorder) return;
    recorder.kept = kept;
    recorder.stop();
  }
  near.addEventListener("click", event => { if (event.target.closest("[data-record]")) start(); });
  bar.querySelector("[data-part=keep]").addEventListener("click", () => stop(true));
  bar.querySelector("[data-part=cancel]").addEventListener("click", () => stop(false));
  bar.addEventListener("keydown", event => { if (event.key === "Escape") stop(false); });
});
