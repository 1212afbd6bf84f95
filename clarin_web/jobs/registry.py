"""What a worker may run: the names below, with arguments that JSON can say.

Redis is a neighbour and no friend: what lies in a queue is read as text. RQ by itself would import whatever dotted
name a job gives, for the job, its callbacks and its webhooks, and reads some of them with pickle, which runs anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rq.job import UNEVALUATED, Job
from rq.serializers import DefaultSerializer, JSONSerializer
from rq.utils import import_attribute

REGISTERED = {
    "clarin_web.chats.jobs.process_events",
    "clarin_web.devices.downloads.fetch_files",
    "clarin_web.devices.jobs.ask",
    "clarin_web.devices.jobs.log_out",
    "clarin_web.devices.jobs.mark_read",
    "clarin_web.devices.jobs.send_message",
    "clarin_web.devices.jobs.send_waiting",
    "clarin_web.devices.jobs.show_typing",
    "clarin_web.devices.jobs.watch_chat",
    "clarin_web.devices.relaying.tell_relayed",
    "clarin_web.kommo.jobs.sync_connection",
    "clarin_web.kommo.rechecking.recheck",
    "clarin_web.kommo.repairing.repair",
    "clarin_web.kommo.replaying.replay",
    "clarin_web.kommo.webhooks.jobs.ask",
    "clarin_web.kommo.webhooks.jobs.look_at",
    "clarin_web.media.jobs.examine",
}
# A few of RQ's own reads name no serializer and get this one.
DefaultSerializer.dumps, DefaultSerializer.loads = JSONSerializer.dumps, JSONSerializer.loads


class NotRegistered(ValueError):
    """A job names something that is no job of ours. The text does not repeat the name."""


class RegisteredJob(Job):
    """A job as it lies in Redis, with everything that could run something else left out."""

    @property
    def func(self) -> Callable[..., Any]:
        if self.instance is not None or self.func_name not in REGISTERED:
            raise NotRegistered("not a registered job")
        return import_attribute(self.func_name)

    def restore(self, raw_data: Any) -> Any:
        super().restore(raw_data)
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self._success_callback = self._failure_callback = self._stopped_callback = UNEVALUATED  # type: ignore[assignment]
        self.webhooks = []
