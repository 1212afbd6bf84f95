/* time[data-relative] keeps "2 min ago" true while the page stays open; the server wrote the first text. */
(() => {
  "use strict";
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto", style: "short" });
  const steps = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const refresh = () => document.querySelectorAll("time[data-relative]").forEach(time => {
    const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
    const [unit, size] = steps.find(([, size]) => Math.abs(seconds) >= size) || ["second", 60];
    const text = words.format(unit === "second" ? 0 : Math.round(seconds / size), unit);
    if (Math.abs(seconds) < 7 * 86400 && time.textContent !== text) time.textContent = text;
  });
  setInterval(refresh, 30000);
})();
