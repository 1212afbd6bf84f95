"""The map fact -> what follows, after commit, in this order. The one place to read what a change causes."""

from __future__ import annotations

from clarin_web import events as e
from clarin_web.chats import broadcasts as chats
from clarin_web.chats import jobs as chat_jobs
from clarin_web.chats.actions import settle_lead
from clarin_web.db import transaction
from clarin_web.devices import broadcasts as devices
from clarin_web.devices import jobs as device_jobs
from clarin_web.devices import presence
from clarin_web.events import Fact, Handler
from clarin_web.kommo import broadcasts as kommo
from clarin_web.leads import broadcasts as leads
from clarin_web.live import broadcasts as live
from clarin_web.media import jobs as media_jobs


def lead_owed(fact: e.ContactWroteFirst) -> None:
    """The lead and the end of its debt in one transaction: a crash leaves both or neither, so it is made once."""
    with transaction():
        if settle_lead(fact.account_id, fact.chat_id):
            leads.lead_for_first_writer(fact)


SUBSCRIPTIONS: dict[type[Fact], list[Handler]] = {
    e.LeadCreated: [leads.poke_lead],
    e.LeadMoved: [leads.poke_lead],
    e.LeadClosed: [leads.poke_lead],
    e.LeadReopened: [leads.poke_lead],
    e.LeadChanged: [leads.poke_lead],
    e.LeadAssigned: [leads.poke_lead],
    e.LeadTagged: [leads.poke_lead],
    e.LeadNoted: [leads.poke_lead],
    e.LeadTrashed: [leads.poke_lead],
    e.LeadRestored: [leads.poke_lead],
    e.NamesChanged: [leads.names_changed],
    e.LeadsMirrored: [leads.poke_mirrored],
    e.ContactsMirrored: [leads.poke_people],
    e.KommoProgressed: [kommo.progressed],
    e.KommoConnected: [kommo.connection_changed],
    e.KommoDisconnected: [kommo.connection_changed],
    e.KommoTokenEnding: [kommo.connection_changed],
    e.KommoWebhookChanged: [kommo.connection_changed],
    # The lead exists before the pages are told, so that the chat's panel shows it.
    e.ContactWroteFirst: [lead_owed],
    e.MessageReceived: [chats.message_came, leads.unread_changed, presence.is_over],
    # The device first: the customer waits for the wire, not for our pages.
    e.MessageQueued: [device_jobs.wake_device, chats.message_queued],
    e.MessageChanged: [chats.message_changed],
    e.HoldsLifted: [chats.holds_lifted],
    e.InquiryMade: [device_jobs.ask_whatsapp],
    e.MediaWanted: [device_jobs.wake_downloads],
    e.MediaArrived: [media_jobs.examine_soon],
    e.HistoryCame: [chats.history_came, leads.unread_changed],
    e.ChatsJoined: [chats.chats_changed, leads.unread_changed],
    e.ChatsSeparated: [chats.chats_changed, leads.unread_changed],
    e.ChatRead: [chats.chat_read, leads.unread_changed, chat_jobs.send_read_ticks],
    e.ContactChanged: [leads.contact_changed, chats.contact_changed],
    e.ContactsMerged: [leads.contact_changed, chats.contact_changed],
    e.AccessChanged: [live.access_changed],
    e.DeviceAlarmed: [devices.alarm_changed],
    e.DeviceRecovered: [devices.alarm_changed],
    e.DeviceChanged: [device_jobs.wake_supervisor, devices.device_changed],
    e.EventNotUnderstood: [devices.device_changed],
}
