"""Kommo's states, errors and oddities in words. English here; the reader's language when shown."""

from __future__ import annotations

from datetime import UTC, datetime

from babel import Locale

from clarin_web.kommo.tokens import warning_of
from clarin_web.models import KommoConnection
from clarin_web.web.errors import N_, TEXTS, describe
from clarin_web.web.formats import dt
from clarin_web.web.i18n import gettext as _
from clarin_web.web.i18n import reader

REGIONS = {
    "country": (N_("Country"), N_("Phones without a country code are read as in")),
    "currency": (N_("Currency"), N_("Nothing is converted. Amounts from Kommo are in")),
    "time_zone": (N_("Time zone"), N_("Dates in Kommo's fields are of")),
}
STATES = {
    "backfilling": (N_("Importing"), "info"),
    "live": (N_("Up to date"), "ok"),
    "paused": (N_("Paused"), "slate"),
    "refused": (N_("No access to Kommo"), "bad"),
    "unreachable": (N_("Trying again"), "warn"),
    "incomplete": (N_("Data missing"), "warn"),
    "late": (N_("Late"), "warn"),
}
TEXTS.update(
    {
        "kommo_address_missing": N_("Write your Kommo address, for example mycompany.kommo.com."),
        "kommo_address_unusable": N_(
            "This is not an address. Paste it from the browser's bar while Kommo is open."
        ),
        "kommo_address_needs_https": N_("Kommo is only reached over https."),
        "kommo_address_not_allowed": N_(
            "Only addresses of kommo.com or amocrm.com are allowed; the operator can allow more (KOMMO_ALLOWED_HOSTS)."
        ),
        "kommo_address_refused": N_("The operator no longer allows this address."),
        "kommo_token_unusable": N_("This is not a token. Copy it whole from Kommo, without spaces."),
        "kommo_token_unreadable": N_("The stored token cannot be opened any more. Paste it again."),
        "kommo_token_refused": N_(
            "Kommo refuses this token: it is wrong, expired or revoked. An administrator must make a new one in Kommo "
            "and give it below; meanwhile we keep trying, ever more seldom."
        ),
        "kommo_payment_required": N_(
            "Kommo says this account is not paid. Once it is, reading goes on by itself; we look every hour."
        ),
        "kommo_access_lost": N_(
            "Kommo no longer renews the access it gave. An administrator must connect again and allow it in Kommo; "
            "meanwhile we keep trying, ever more seldom."
        ),
        "kommo_killed": N_("A read was cut off: its process was ended. It goes on by itself where it was."),
        "kommo_no_rights": N_(
            "The token has no right to this. An administrator of Kommo must make the token."
        ),
        "kommo_blocked": N_("Kommo blocks this server for now. We wait a while and try again."),
        "kommo_not_found": N_("There is no Kommo at this address."),
        "kommo_bad_request": N_("Kommo did not accept the question."),
        "kommo_rate_limited": N_("Kommo asks us to slow down. We wait and go on."),
        "kommo_server_error": N_("Kommo has a problem of its own. We try again."),
        "kommo_timeout": N_("Kommo did not answer in time. We try again."),
        "kommo_unreachable": N_("Kommo cannot be reached. We try again."),
        "kommo_not_kommo": N_(
            "What answers at this address is not a Kommo: it sends a web page or broken data."
        ),
        "kommo_truncated": N_("An answer of Kommo broke off in the middle. We try again."),
        "kommo_wrong_shape": N_("Kommo answered in an unexpected way. Nothing was lost; we try again."),
        "kommo_redirected": N_(
            "Kommo sends us to another address. If the account was renamed, connect it again with its new address."
        ),
        "kommo_resting": N_("Kommo failed several times in a row. We wait a little and try again."),
        "kommo_failed": N_(
            "Reading stopped at something Clarin did not expect. It tries again by itself; whoever runs Clarin finds "
            "the reason in its log."
        ),
        "kommo_try_unreachable": N_(
            "Kommo cannot be reached at this address. Check how it is written, or try again in a moment."
        ),
        "kommo_try_not_found": N_(
            "There is no Kommo at this address. Check it: the browser shows it while Kommo is open."
        ),
        "kommo_try_redirected": N_(
            "There is no Kommo at this address; it leads elsewhere. Paste it from the browser while Kommo is open."
        ),
        "kommo_try_not_kommo": N_(
            "What answers at this address is not a Kommo. Paste it from the browser while Kommo is open."
        ),
        "kommo_try_token_refused": N_(
            "Kommo refuses this token: it is wrong, expired, revoked or of another address. Make a new one in Kommo."
        ),
        "kommo_try_no_rights": N_(
            "This token may not read leads or contacts. An administrator of Kommo must make it and allow CRM data."
        ),
        "kommo_try_timeout": N_("Kommo did not answer in time. Try again in a moment."),
        "kommo_try_server_error": N_("Kommo has a problem of its own. Try again in a moment."),
        "kommo_try_truncated": N_("An answer of Kommo broke off in the middle. Try again in a moment."),
        "kommo_try_rate_limited": N_("Kommo asks us to slow down. Try again in a minute."),
        "kommo_try_blocked": N_("Kommo blocks this server for now. Try again in a quarter of an hour."),
        "kommo_try_integration_refused": N_(
            "Kommo refuses this integration. Check its ID, its secret key and its redirect URL, and begin again."
        ),
        "kommo_token_expired": N_("This token has already expired. Make a new one in Kommo."),
        "kommo_wrong_state": N_(
            "This answer does not belong to what you began here, or it is too old. Begin again."
        ),
        "kommo_consent_refused": N_("Kommo was not allowed to share. Begin again, and allow it there."),
        "kommo_no_draft": N_("What you tried is too long ago. Try the connection again."),
        "kommo_other_account": N_("This token belongs to another Kommo account. Disconnect this one first."),
        "kommo_connection": N_("No Kommo is connected."),
        "kommo_question": N_("Somebody answered this already."),
        "kommo_not_asking": N_(
            "Kommo is not asked just now: reading is paused, stopped or waits. Go on first."
        ),
        "kommo_recheck_runs": N_("A check is running already."),
        "kommo_replay_runs": N_("Kept answers are being replayed already."),
        "kommo_too_many_ids": N_("At most 2000 ids at a time."),
    }
)
ODD = {
    "phone_letters": N_("phone with letters"),
    "phone_empty": N_("empty phone"),
    "phone_too_short": N_("phone too short"),
    "phone_too_long": N_("phone too long"),
    "phone_unknown_country": N_("phone of an unknown country"),
    "phone_several": N_("several phones written as one"),
    "phone_not_in_plan": N_("not a phone number of any country"),
    "shared_phone": N_("phone of another contact"),
    "shared_email": N_("e-mail of another contact"),
    "bad_email": N_("not an e-mail address"),
    "bad_field": N_("a value that cannot be read"),
    "left_out": N_("could not be stored and is left out"),
    "no_row": N_("something in the list that is no row"),
    "bad_contacts": N_("something among the contacts that is none"),
    "bad_companies": N_("something among the companies that is none"),
    "bad_tags": N_("something among the tags that is none"),
    "bad_links": N_("contacts, companies and tags that cannot be read"),
    "bad_price": N_("not an amount"),
    "bad_id": N_("without a usable id"),
    "no_stage": N_("without a stage"),
    "bad_created_at": N_("created at an impossible time"),
    "bad_updated_at": N_("changed at an impossible time"),
    "bad_closed_at": N_("closed at an impossible time"),
    "bad_complete_till": N_("due at an impossible time"),
    "not_found": N_("this list is not offered"),
    "no_rights": N_("the token has no right to this list"),
    "bad_request": N_("the question was not accepted"),
    "wrong_shape": N_("the answer had an unexpected shape"),
    "filters_ignored": N_("filters are ignored, so the list is read whole"),
}
NOTES = {
    "users_unreadable": N_(
        "The users cannot be read: this token is not an administrator's. Leads come without their owners."
    ),
    "pipelines_unreadable": N_("The pipelines cannot be read: stages appear without their names."),
    "account_missing": N_("This server does not say which account it is."),
    "filters_ignored": N_("This server ignores filters: everything is read again each time, which is slow."),
}
TOKEN_ENDS = {
    30: N_("The token ends on %(day)s. Make a new one in Kommo before, and give it here."),
    7: N_("The token ends this week, on %(day)s. Make a new one in Kommo and give it here."),
    1: N_("The token ends within a day. Make a new one in Kommo now and give it here."),
    0: N_("The token has ended and Kommo is no longer read. Make a new one in Kommo and give it here."),
}
MENDED_BY_FORMS = (
    "token_refused", "token_unreadable", "access_lost", "address_refused", "redirected", "not_found"
)  # fmt: skip
KINDS = {
    "lead": N_("Lead"),
    "leads": N_("Leads"),
    "contact": N_("Contact"),
    "contacts": N_("Contacts"),
    "companies": N_("Companies"),
    "users": N_("Users"),
    "user": N_("User"),
    "pipeline": N_("Pipeline"),
    "pipelines": N_("Pipelines"),
    "stage": N_("Stage"),
    "tags": N_("Tags"),
    "loss_reasons": N_("Reasons for losing"),
    "tasks": N_("Tasks"),
    "notes": N_("Notes"),
    "fields": N_("Custom fields"),
    "events": N_("Stage history"),
    "unsorted": N_("Incoming leads"),
    "groups": N_("Groups"),
    "account": N_("Kommo account"),
    "lead_notes": N_("Notes and calls of leads"),
    "contact_notes": N_("Notes and calls of contacts"),
    "company_notes": N_("Notes and calls of companies"),
    "deleted_leads": N_("Deleted leads"),
    "deleted_contacts": N_("Deleted contacts"),
    "deleted_companies": N_("Deleted companies"),
    "sweep": N_("Weekly check of every id"),
    "census": N_("Complete check"),
}


def state_name(state: str) -> str:
    return _(STATES[state][0])


def state_color(state: str) -> str:
    return STATES[state][1]


def error_sentence(code: str) -> str:
    return describe(f"kommo_{code}")


def odd_sentence(code: str) -> str:
    """What was odd; of a list also why it cannot be read."""
    return _(ODD[code]) if code in ODD else error_sentence(code)


def note_sentence(code: str) -> str:
    return _(NOTES[code]) if code in NOTES else code


def token_sentence(connection: KommoConnection) -> tuple[str, str] | None:
    """(what the page says of the token's end, its colour); None while there is no hurry."""
    due = warning_of(connection, datetime.now(UTC))
    if due is None or connection.token_expires_at is None:
        return None
    text = TOKEN_ENDS[due]
    day = dt(connection.token_expires_at, "date")
    return (_(text, day=day) if "%(" in text else _(text)), "bad" if due <= 1 else "warn"


def asks_for_access(connection: KommoConnection) -> bool:
    """Whether what the page says is mended by a token, a consent or another address: its forms are beside it then."""
    return connection.error in MENDED_BY_FORMS or token_sentence(connection) is not None


def kind_name(kind: str) -> str:
    return _(KINDS[kind]) if kind in KINDS else kind


def region_text(name: str, value: str) -> str:
    """A country by its name in the reader's language; a currency or time zone as it is."""
    if name != "country":
        return value
    return Locale.parse(reader().locale).territories.get(value, value)


def region_words(name: str) -> tuple[str, str]:
    """What it is called, and what follows from the choice."""
    title, sentence = REGIONS[name]
    return _(title), _(sentence)
