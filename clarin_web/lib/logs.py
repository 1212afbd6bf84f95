"""How every process of ours writes its log: what happened and where, never what a customer said or is called."""

from __future__ import annotations

import logging
import sys
import threading

import structlog

from clarin_web.lib.tracebacks import Formatter, Wordless, add_trace, trace_of

SERVERS = ("gunicorn.error", "gunicorn.access")


def configure_logging(*, to_stderr: bool = False) -> None:
    """One logfmt line (key=value) per event; `accounts.access` binds the request, account and user to each.

    `to_stderr` where standard output belongs to nobody: Go prints to it in a number's process.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    for name in ("", *SERVERS):
        for handler in logging.getLogger(name).handlers:
            _make_wordless(handler)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line per request to Kommo would bury the rest
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            add_trace,
            structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "event"], bool_as_flag=False
            ),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr if to_stderr else None),
        cache_logger_on_first_use=True,
    )
    sys.excepthook = lambda _kind, error, _trace: _say(error)
    threading.excepthook = _say_thread


def _make_wordless(handler: logging.Handler) -> None:
    shape = handler.formatter
    handler.setFormatter(Formatter(shape._fmt if shape else None, shape.datefmt if shape else None))
    handler.addFilter(Wordless())


def _say_thread(ended: threading.ExceptHookArgs) -> None:
    """What ends a thread: Python itself would print the text too."""
    if ended.exc_value is not None and not isinstance(ended.exc_value, SystemExit):
        _say(ended.exc_value)


def _say(error: BaseException) -> None:
    sys.stderr.write(f"{trace_of(error)}\n")
