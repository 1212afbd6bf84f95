/* time[data-relative], and a card's, keeps "2 min ago" true while the page stays open, time[data-waits] "waits 42 min", in the words and on the day of the server, which
   wrote the first text: <html data-ago="now|%(n)s min ago|%(n)s h ago|yesterday" data-zone="America/Lima">. */
(() => {
  "use strict";
  const { ago, zone } = document.documentElement.dataset;
  if (!ago) return;
  const [now, minutes, hours, yesterday] = ago.split("|"), day = new Intl.DateTimeFormat("en-CA", { timeZone: zone });
  function spell(at) {
    const seconds = Math.max(0, Math.floor((Date.now() - at) / 1000)), days = back => day.format(Date.now() - back) === day.format(at);
    if (seconds < 60) return now;
    if (seconds < 3600) return minutes.replace("%(n)s", Math.floor(seconds / 60));
    return days(0) ? hours.replace("%(n)s", Math.floor(seconds / 3600)) : days(86400e3) ? yesterday : "";
  }
  function spellWait(since) {
    const seconds = Math.max(60, (Date.now() - since) / 1000), [size, unit] = [[86400, "d"], [3600, "h"], [60, "min"]].find(([size]) => seconds >= size);
    return `${Math.floor(seconds / size)} ${unit}`;
  }
  const refresh = () => document.querySelectorAll("time:is([data-relative], [data-waits], .deal-foot > :not([data-due]))").forEach(time => {
    const at = Date.parse(time.dateTime), text = time.dataset.waits?.replace("{}", spellWait(at)) ?? spell(at);
    if (text && time.textContent !== text) time.textContent = text;
  });
  setInterval(refresh, 15000);
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  addEventListener("pageshow", refresh);
})();
