"""The questions of a number's process, one after the other on a thread of their own: an answer may take a minute.

Nothing is kept: what a process that ends had still to ask is asked again when its chat is used again.
"""

from __future__ import annotations

import queue
import random
import threading
from dataclasses import dataclass

import structlog

from clarin_web.devices.gateway import Address, Gateway, GatewayError, TooOftenError

log = structlog.get_logger()
MOST = 20
REST = 3600.0  # seconds, once WhatsApp has said that it is asked too much
LOOK = 1.0


@dataclass(frozen=True, slots=True)
class Question:
    """`known`: the id of the portrait we have."""

    about: str
    chat: Address
    known: str = ""


_waiting: queue.Queue[Question] = queue.Queue(MOST)


def put(question: Question) -> None:
    """Asked in its turn; with too many before it, another day."""
    try:
        _waiting.put_nowait(question)
    except queue.Full:
        log.info("too many questions wait", about=question.about)


class Asker:
    """Ends with the process."""

    def __init__(self, device_id: int, gateway: Gateway, ending: threading.Event) -> None:
        self._device_id, self._gateway, self._ending = device_id, gateway, ending
        self._thread = threading.Thread(target=self._run, name="asker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                question = _waiting.get(timeout=LOOK)
            except queue.Empty:
                continue
            self._ending.wait(self._ask(question))

    def _ask(self, question: Question) -> float:
        """How long to be quiet afterwards."""
        try:
            if question.about == "name":
                self._gateway.ask_name(question.chat)
            else:
                self._gateway.ask_portrait(question.chat, question.known)
        except TooOftenError:
            log.warning("whatsapp is asked too much: no questions for a while", device=self._device_id)
            return REST
        except GatewayError as error:
            log.info("a question has no answer now", device=self._device_id, reason=error.reason)
        except Exception:  # a courtesy: a number without it still hears and sends
            log.exception("question failed", device=self._device_id, about=question.about)
        return random.uniform(*self._gateway.capabilities.asks_every)  # noqa: S311 -- a rhythm, not a secret
