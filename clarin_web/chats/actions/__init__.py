"""What changes chats: one function, one transaction, one list of facts. Knows no Flask, HTML, Redis or RQ."""

from clarin_web.chats.actions.calling_off import call_off
from clarin_web.chats.actions.doing import (
    delete_message,
    edit_message,
    forget_deed,
    may_delete,
    may_edit,
    may_react,
    react,
)
from clarin_web.chats.actions.drafts import NewDraft, SavedDraft, save_draft
from clarin_web.chats.actions.files import NewFile, send_file
from clarin_web.chats.actions.following import follow_contact
from clarin_web.chats.actions.forwarding import forward_message, may_forward
from clarin_web.chats.actions.giving_up import give_up
from clarin_web.chats.actions.hearing import Hearing, waits_for
from clarin_web.chats.actions.inserting import insert_together, is_plain
from clarin_web.chats.actions.mentions import name_waiting_for
from clarin_web.chats.actions.notes import NewNote, write_note
from clarin_web.chats.actions.owing import ask_for_leads_owed, settle_lead
from clarin_web.chats.actions.profiles import ask_when_opened
from clarin_web.chats.actions.reading import mark_as_read
from clarin_web.chats.actions.receiving import apply_event
from clarin_web.chats.actions.separating import separate_chat
from clarin_web.chats.actions.showing import NotYet
from clarin_web.chats.actions.starting import start_chat
from clarin_web.chats.actions.writing import MAX_BODY, NewMessage, retry_message, write_message

__all__ = [
    "MAX_BODY",
    "Hearing",
    "NewDraft",
    "NewFile",
    "NewMessage",
    "NewNote",
    "NotYet",
    "SavedDraft",
    "apply_event",
    "ask_for_leads_owed",
    "ask_when_opened",
    "call_off",
    "delete_message",
    "edit_message",
    "follow_contact",
    "forget_deed",
    "forward_message",
    "give_up",
    "insert_together",
    "is_plain",
    "mark_as_read",
    "may_delete",
    "may_edit",
    "may_forward",
    "may_react",
    "name_waiting_for",
    "react",
    "retry_message",
    "save_draft",
    "send_file",
    "separate_chat",
    "settle_lead",
    "start_chat",
    "waits_for",
    "write_message",
    "write_note",
]
