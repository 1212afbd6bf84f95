"""The devices' forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clarin_web.web.forms import Form


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    name: str
    creates_leads: bool
    lead_pipeline_id: int | None


def new_device(data: Mapping[str, str]) -> str:
    """The name; Invalid when it cannot be used."""
    form = Form(data)
    name = form.text("name", required=True, limit=60)
    form.check()
    return name


def device_settings(data: Mapping[str, str]) -> DeviceSettings:
    form = Form(data)
    name = form.text("name", required=True, limit=60)
    creates_leads, pipeline_id = form.flag("creates_leads"), form.integer("lead_pipeline_id", low=1)
    form.check()
    return DeviceSettings(name, creates_leads, pipeline_id)
