/* time[data-relative] keeps "2 min ago" true while the page stays open, time[data-waits] "waits 42 min"; the server
   wrote the first text. */
(() => {
  "use strict";
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto", style: "short" });
  const steps = [["day", 86400, "d"], ["hour", 3600, "h"], ["minute", 60, "min"]];
  const write = (time, text) => { if (time.textContent !== text) time.textContent = text; };
  const refresh = () => {
    document.querySelectorAll("time[data-relative]").forEach(time => {
      const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
      const [unit, size] = steps.find(([, size]) => Math.abs(seconds) >= size) || ["second", 60];
      if (Math.abs(seconds) < 7 * 86400) write(time, words.format(unit === "second" ? 0 : Math.round(seconds / size), unit));
    });
    document.querySelectorAll("time[data-waits]").forEach(time => {
      const seconds = Math.max(60, (Date.now() - Date.parse(time.dateTime)) / 1000);
      const [, size, unit] = steps.find(([, size]) => seconds >= size);
      write(time, time.dataset.waits.replace("{}", `${Math.floor(seconds / size)} ${unit}`));
    });
  };
  setInterval(refresh, 30000);
})();
