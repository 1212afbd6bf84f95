/* progress[data-countdown-to="ISO time"] empties as the moment comes; [data-countdown-text="id"] shows the seconds left. */
behave("[data-countdown-to]", bar => {
  const until = Date.parse(bar.dataset.countdownTo), text = document.getElementById(bar.dataset.countdownText);
  const timer = setInterval(() => {
    const left = Math.max(0, (Date.parse(bar.dataset.countdownTo || until) - Date.now()) / 1000);
    bar.value = left;
    if (text) text.textContent = `${Math.ceil(left)} s`;
    if (!bar.isConnected) clearInterval(timer);
  }, 500);
});
