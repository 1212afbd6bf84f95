"""What must be true of the process before neonize is imported: its import and its Go runtime shout."""

from __future__ import annotations

import logging
import os

# Seconds between two log lines that say the same: a dead network retries for hours.
REPEAT_SECONDS = 300.0


class SayOnce(logging.Filter):
    """Lets one copy of a library's complaint through per REPEAT_SECONDS, whatever its numbers are."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        key = (
            f"{record.name}:{record.levelno}:"
            + "".join(c for c in record.getMessage() if not c.isdigit())[:80]
        )
        if record.created - self._last.get(key, float("-inf")) < REPEAT_SECONDS:
            return False
        if len(self._last) > 200:
            self._last.clear()
        self._last[key] = record.created
        return True


class Discreet(logging.Filter):
    """Blots secrets out of every line: Go writes the proxy's whole address into its complaints."""

    def __init__(self, secrets: list[str]) -> None:
        super().__init__()
        self._secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if (clean := without(said, self._secrets)) != said:
            record.msg, record.args = clean, ()
        return True


def without(text: str, secrets: list[str]) -> str:
    """`text` with dots where a secret was."""
    for secret in secrets:
        text = text.replace(secret, "…")
    return text


# What Go and the C library no longer need is given back at once, and neither keeps a stock for each core. They would
# rather, which makes one large process faster and a machine of many small ones larger.
FRUGAL = {
    "GOMAXPROCS": "2",
    "GOGC": "25",
    "GOMEMLIMIT": "24MiB",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}


def environment_from_birth() -> dict[str, str]:
    """Go sees only what a process was started with, not what Python sets later: without this every message we
    send carries a bot's label."""
    return {**FRUGAL, **os.environ, "NEONIZE_BOT_TAG": "off"}


def silence_stdout() -> None:
    """Go and neonize print to file descriptor 1; nothing of ours does."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


def prepare_process(secrets: list[str] | None = None) -> None:
    """Call before `import neonize`: afterwards its basicConfig has no effect."""
    if not logging.getLogger().handlers:
        logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    # Go copies this logger's level when it connects: the gate needs every line, and lets through only complaints.
    loud = logging.getLogger("neonize.utils.log")
    loud.setLevel(logging.DEBUG)
    loud.addFilter(lambda record: record.levelno >= logging.WARNING)
    logging.getLogger("neonize.utils.ffmpeg").setLevel(
        logging.ERROR
    )  # it is missed, and nothing of ours needs it
    for name in ("neonize", "whatsmeow", "whatsmeow.Client", "Whatsmeow.Database"):
        logging.getLogger(name).setLevel(logging.WARNING)
    once, discreet = SayOnce(), Discreet(secrets or [])
    for handler in logging.getLogger().handlers:
        handler.addFilter(once)
        handler.addFilter(discreet)
    silence_stdout()
