"""The list of leads: one URL for the page and, for htmx, its results region."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, make_response, request, url_for

from clarin_web.accounts.access import current_user, requires
from clarin_web.accounts.permissions import Permission
from clarin_web.leads.filters import LeadFilter, check_known, parse_filter
from clarin_web.leads.queries import Directory, page_of_leads
from clarin_web.leads.queries.filtered import SORT_COLUMNS
from clarin_web.leads.queries.lists import Page, Place
from clarin_web.leads.texts import FILTER_NAMES, GONE_NAMES, SORT_NAMES, STATUS_NAMES
from clarin_web.leads.views import blueprint
from clarin_web.leads.views.shared import directory_of, total_of
from clarin_web.leads.views.sources import source_name, sources_to_choose, title_of
from clarin_web.lib.counting import COUNT_CAP
from clarin_web.lib.errors import Invalid
from clarin_web.web.errors import describe
from clarin_web.web.formats import number
from clarin_web.web.htmx import render
from clarin_web.web.i18n import gettext as _
from clarin_web.web.paging import decode_cursor, encode_cursor


@blueprint.get("/leads")
@requires(Permission.READ)
def lead_list() -> str | Response:
    who = current_user()
    directory = directory_of(who.account_id)
    try:
        chosen = known_filter(directory)
        place = _place(chosen)
    except Invalid as refusal:
        return refused_filter(refusal, url_for("leads.lead_list"))
    page = page_of_leads(chosen, who.member, who.time_zone, place)
    total = total_of(chosen, who)
    links = _links(chosen, page)
    return render(
        "leads/list.html",
        "leads/list/_results.html",
        found=page,
        total=total,
        total_text=total_text,
        chosen=chosen,
        chips=chips(chosen, directory, links.path),
        directory=directory,
        links=links,
        sorts={key: _(name) for key, name in SORT_NAMES.items()},
        statuses={key: _(name) for key, name in STATUS_NAMES.items()},
        presences={key: _(name) for key, name in GONE_NAMES.items()},
        sources=sources_to_choose(chosen),
        may_work=who.member.may(Permission.WORK),
    )


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses of this page (for live refresh), its neighbours, and the unfiltered list."""

    path: str
    here: str
    previous: str
    next: str
    by_sort: dict[str, str]
    gone: str
    board: str


def known_filter(directory: Directory) -> LeadFilter:
    """The filter of this request, refused when it names what the account does not have."""
    chosen = parse_filter(_args())
    check_known(
        chosen,
        stages=directory.stages,
        tags=directory.tags,
        users=directory.users,
        kommo_users=directory.kommo_users,
        pipelines=[pipeline.id for pipeline in directory.pipelines],
        ads=[chosen.ad] if chosen.ad is not None and title_of(chosen.ad) is not None else (),
    )
    return chosen


def refused_filter(refusal: Invalid, clear_url: str) -> Response:
    """422 that names each bad filter and offers the way back; never the whole list."""
    reasons = [
        (_(FILTER_NAMES[name]) if name in FILTER_NAMES else name[:40], describe(code))
        for name, code in refusal.fields.items()
    ]
    html = render(
        "leads/refused.html",
        "leads/list/_refused.html",
        reasons=reasons,
        text=describe(refusal.code),
        clear_url=clear_url,
    )
    return make_response(html, 422)


def total_text(total: int) -> str:
    return f"{number(COUNT_CAP)}+" if total > COUNT_CAP else number(total)


def chips(chosen: LeadFilter, directory: Directory, path: str) -> list[tuple[str, str]]:
    """What is filtered, in words, each with the address of the list without it."""
    words = {
        "q": chosen.q,
        "status": _(STATUS_NAMES[chosen.status]) if chosen.status else "",
        "pipeline": _name(directory.pipeline(chosen.pipeline)),
        "stage": _name(directory.stages.get(chosen.stage or 0)),
        "tag": _name(directory.tags.get(chosen.tag or 0)),
        "source": source_name(chosen.source) if chosen.source else "",
        "gone": _(GONE_NAMES[chosen.gone]) if chosen.gone else "",
        "owner": _owner(chosen, directory),
        "created_from": str(chosen.created_from or ""),
        "created_to": str(chosen.created_to or ""),
    }
    return [
        (f"{_(FILTER_NAMES[name])}: {text}", chosen.without(path, name))
        for name, text in words.items()
        if text
    ]


def _args() -> dict[str, str]:
    """htmx sends a form's empty fields too; they say nothing."""
    return {name: value for name, value in request.args.items() if value != ""}


def _place(chosen: LeadFilter) -> Place | None:
    side = "before" if "before" in request.args else "after"
    cursor = request.args.get(side, "")
    if not cursor:
        return None
    value, lead_id = decode_cursor(cursor, (SORT_COLUMNS[chosen.sort_field][1], "int"))
    return Place(value, lead_id, backwards=side == "before")


def _links(chosen: LeadFilter, page: Page) -> Links:
    path = url_for("leads.lead_list")
    key = SORT_COLUMNS[chosen.sort_field][0].key
    places = {name: request.args[name] for name in ("after", "before") if request.args.get(name)}

    def beside(name: str, index: int) -> str:
        row = page.rows[index]
        return chosen.url(path, **{name: encode_cursor(getattr(row, key), row.id)})

    return Links(
        path=path,
        here=chosen.url(path, **places),
        previous=beside("before", 0) if page.has_previous and page.rows else "",
        next=beside("after", -1) if page.has_next and page.rows else "",
        by_sort={field: chosen.url(path, sort=_turned(chosen, field)) for field in SORT_COLUMNS},
        gone=chosen.url(path, gone="yes"),
        board=chosen.url(url_for("leads.main_board"), limit=None),
    )


def _turned(chosen: LeadFilter, field: str) -> str:
    """The sort a column's header leads to: its usual direction first, the other one when already there."""
    usual = field if field == "name" else f"-{field}"
    other = f"-{field}" if field == "name" else field
    return other if chosen.sort == usual else usual


def _name(thing: object) -> str:
    return getattr(thing, "name", "")


def _owner(chosen: LeadFilter, directory: Directory) -> str:
    owner = chosen.owner
    if chosen.kommo_owner is not None:
        return directory.kommo_name(chosen.kommo_owner)
    if owner in ("me", "none", ""):
        return {"me": _("me"), "none": _("nobody"), "": ""}[owner]
    return directory.owner_name(int(owner))
