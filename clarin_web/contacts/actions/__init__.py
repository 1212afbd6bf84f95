"""What changes contacts: one function, one transaction, one list of facts."""

from clarin_web.contacts.actions.introducing import create_sharing, find_or_create_person, known_person
from clarin_web.contacts.actions.merging import KOMMO, merge_contacts, undo_merge
from clarin_web.contacts.actions.naming import rename_contact, set_name
from clarin_web.contacts.actions.recognising import (
    Recognised,
    create_group_contact,
    find_or_create_by_whatsapp,
    recognised_by,
)
from clarin_web.contacts.actions.returning import bring_back
from clarin_web.contacts.actions.sharing import settle_shared

__all__ = [
    "KOMMO",
    "Recognised",
    "bring_back",
    "create_group_contact",
    "create_sharing",
    "find_or_create_by_whatsapp",
    "find_or_create_person",
    "known_person",
    "merge_contacts",
    "recognised_by",
    "rename_contact",
    "set_name",
    "settle_shared",
    "undo_merge",
]
