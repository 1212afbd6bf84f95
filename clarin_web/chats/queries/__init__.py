"""Reads of chats. The member comes first and `visible()` decides: a chat they may not see is not there."""

from clarin_web.chats.queries.cards import contacts_to_share
from clarin_web.chats.queries.inbox import (
    ChatPage,
    InboxFilter,
    chats_by_id,
    chats_of_contact,
    count_unread,
    page_of_chats,
)
from clarin_web.chats.queries.joined import joined_with, survivor_of
from clarin_web.chats.queries.single import (
    DRAFT_VERSION,
    find_chat,
    heads_of_contact,
    lock_chat,
    may_see_chat,
    visible_chats,
)
from clarin_web.chats.queries.thread import ThreadPage, around, find_message, latest, older, since, whole_body
from clarin_web.chats.queries.waiting import Waiting, queued_ids, waiting_of
from clarin_web.chats.queries.written import sent_already, written

__all__ = [
    "DRAFT_VERSION",
    "ChatPage",
    "InboxFilter",
    "ThreadPage",
    "Waiting",
    "around",
    "chats_by_id",
    "chats_of_contact",
    "contacts_to_share",
    "count_unread",
    "find_chat",
    "find_message",
    "heads_of_contact",
    "joined_with",
    "latest",
    "lock_chat",
    "may_see_chat",
    "older",
    "page_of_chats",
    "queued_ids",
    "sent_already",
    "since",
    "survivor_of",
    "visible_chats",
    "waiting_of",
    "whole_body",
    "written",
]
