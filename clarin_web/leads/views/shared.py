"""What everybody with the same rights is shown alike, from the cache: the account's names, the totals of lists."""

from __future__ import annotations

from clarin_web.accounts.queries import SignedIn
from clarin_web.leads.filters import LeadFilter
from clarin_web.leads.queries import Directory, count_leads, read_directory, stage_sums
from clarin_web.leads.queries.board import Sum
from clarin_web.leads.queries.lists import Total
from clarin_web.leads.queries.sources import Sources, read_sources
from clarin_web.web.cache import shared


def directory_of(account_id: int) -> Directory:
    """The account's pipelines, stages, people and tags. Shared with other requests: never change it."""
    return shared(account_id, "names", "directory", Directory, lambda: read_directory(account_id))


def sources_of(account_id: int) -> Sources:
    """Where the account's leads come from."""
    return shared(account_id, "leads", "sources", Sources, lambda: read_sources(account_id))


def total_of(chosen: LeadFilter, who: SignedIn) -> Total:
    """How many leads the filter finds for those who see what `who` sees."""
    name = f"total:{_found(chosen, who)}"
    return shared(
        who.account_id, "leads", name, Total, lambda: count_leads(chosen, who.member, who.time_zone)
    )


def sums_of(chosen: LeadFilter, who: SignedIn, pipeline_id: int) -> dict[int, Sum]:
    """Leads and value of each stage of the board, for those who see what `who` sees."""
    name = f"sums:{pipeline_id}:{_found(chosen, who)}"
    return shared(
        who.account_id,
        "leads",
        name,
        dict[int, Sum],
        lambda: stage_sums(chosen, who.member, who.time_zone, pipeline_id),
    )


def _found(chosen: LeadFilter, who: SignedIn) -> str:
    """Everything that decides which leads a filter finds, but their order."""
    mine = who.user_id if chosen.owner == "me" else ""
    return f"{who.member.audience}:{mine}:{who.time_zone}:{chosen.without('', 'sort', 'limit')}"
