"""The schema, whole: everything imports models from here, so that a CRM's web of foreign keys has no import cycles.

A model answers questions about its own row; it never queries, commits or announces.
"""

from clarin_web.models.account import ROLES, SCOPES, Account, Membership, User, UserSession
from clarin_web.models.base import Base
from clarin_web.models.chat import KINDS, STATES, Chat, ChatMerge, Draft, Message, QuickReply
from clarin_web.models.contact import Contact, ContactIdentity, ContactMerge, DoNotContact
from clarin_web.models.device import (
    DEVICE_STATES,
    Device,
    DevicePolicy,
    Inquiry,
    NumberCheck,
    Outreach,
    WhatsappEvent,
)
from clarin_web.models.fact import FactRow
from clarin_web.models.kommo import KommoConnection, KommoDraft, KommoStream
from clarin_web.models.kommo_oddity import KommoOddity
from clarin_web.models.kommo_page import KommoPage
from clarin_web.models.kommo_record import KommoQuestion, KommoRecord
from clarin_web.models.kommo_webhook import KommoWebhook
from clarin_web.models.lead import Lead, LeadNote, LostReason
from clarin_web.models.media import MEDIA_STATES, Media
from clarin_web.models.mention import MemberName, UnnamedMention
from clarin_web.models.pipeline import COLORS, Pipeline, Stage
from clarin_web.models.provenance import Provenance
from clarin_web.models.tag import Tag, Tagging
from clarin_web.models.task import Task

__all__ = [
    "COLORS",
    "DEVICE_STATES",
    "KINDS",
    "MEDIA_STATES",
    "ROLES",
    "SCOPES",
    "STATES",
    "Account",
    "Base",
    "Chat",
    "ChatMerge",
    "Contact",
    "ContactIdentity",
    "ContactMerge",
    "Device",
    "DevicePolicy",
    "DoNotContact",
    "Draft",
    "FactRow",
    "Inquiry",
    "KommoConnection",
    "KommoDraft",
    "KommoOddity",
    "KommoPage",
    "KommoQuestion",
    "KommoRecord",
    "KommoStream",
    "KommoWebhook",
    "Lead",
    "LeadNote",
    "LostReason",
    "Media",
    "MemberName",
    "Membership",
    "Message",
    "NumberCheck",
    "Outreach",
    "Pipeline",
    "Provenance",
    "QuickReply",
    "Stage",
    "Tag",
    "Tagging",
    "Task",
    "UnnamedMention",
    "User",
    "UserSession",
    "WhatsappEvent",
]
