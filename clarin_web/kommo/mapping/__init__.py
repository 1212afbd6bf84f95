"""Kommo's dicts as our dataclasses. Pure. An odd value is named and left out; its neighbours stay."""

from clarin_web.kommo.mapping.cells import (
    Oddities,
    Row,
    embedded_of,
    hash_of,
    id_of,
    moment_of,
    number_of,
    storable,
    text_of,
    when_of,
)
from clarin_web.kommo.mapping.contacts import ContactRow, contact, reach
from clarin_web.kommo.mapping.leads import LeadRow, lead
from clarin_web.kommo.mapping.office import (
    LOST,
    WON,
    PipelineRow,
    StageRow,
    UserRow,
    pipeline,
    placeholder_stage,
    user,
)
from clarin_web.kommo.mapping.records import RecordRow, record

__all__ = [
    "LOST",
    "WON",
    "ContactRow",
    "LeadRow",
    "Oddities",
    "PipelineRow",
    "RecordRow",
    "Row",
    "StageRow",
    "UserRow",
    "contact",
    "embedded_of",
    "hash_of",
    "id_of",
    "lead",
    "moment_of",
    "number_of",
    "pipeline",
    "placeholder_stage",
    "reach",
    "record",
    "storable",
    "text_of",
    "user",
    "when_of",
]
