"""Reads about devices: each is one statement."""

from clarin_web.devices.queries.figures import (
    PassedOver,
    asked_again,
    passed_over,
    reached_out_today,
    waiting_by_device,
    waiting_by_reason,
)
from clarin_web.devices.queries.numbers import (
    alarms,
    any_device,
    count_chats,
    get_device,
    has_alarm,
    is_removed,
    list_devices,
    number_is_taken,
    removed_devices,
    same_number_before,
)
from clarin_web.devices.queries.policy import Policy, policy_of, stage_choices
from clarin_web.devices.queries.row import DeviceRow, seconds_to

__all__ = [
    "DeviceRow",
    "PassedOver",
    "Policy",
    "alarms",
    "any_device",
    "asked_again",
    "count_chats",
    "get_device",
    "has_alarm",
    "is_removed",
    "list_devices",
    "number_is_taken",
    "passed_over",
    "policy_of",
    "reached_out_today",
    "removed_devices",
    "same_number_before",
    "seconds_to",
    "stage_choices",
    "waiting_by_device",
    "waiting_by_reason",
]
