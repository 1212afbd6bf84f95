"""How every process of ours writes its log."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_logging(*, to_stderr: bool = False) -> None:
    """One logfmt line (key=value) per event; `accounts.access` binds the request, account and user to each.

    `to_stderr` where standard output belongs to nobody: Go prints to it in a number's process.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line per request to Kommo would bury the rest
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "event"], bool_as_flag=False
            ),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr if to_stderr else None),
        cache_logger_on_first_use=True,
    )
