"""Where leads come from, in words: what the filter offers, and what a chip says."""

from __future__ import annotations

from textwrap import shorten

from clarin_web.accounts.access import current_user
from clarin_web.leads.filters import AD, LeadFilter
from clarin_web.leads.queries.sources import title_of_ad
from clarin_web.leads.texts import SOURCE_NAMES
from clarin_web.leads.views.shared import sources_of
from clarin_web.web.i18n import gettext as _

LONGEST_TITLE = 60


def sources_to_choose(chosen: LeadFilter) -> list[tuple[str, str]]:
    """(value, words) of the kinds there are, the newest ads, and what is chosen."""
    there = sources_of(current_user().account_id)
    names = [*there.kinds, *(f"{AD}{number}" for number in there.ads)]
    if chosen.source and chosen.source not in names:
        names.append(chosen.source)
    return [(name, source_name(name)) for name in names]


def source_name(name: str) -> str:
    if not name.startswith(AD):
        return _(SOURCE_NAMES[name])
    number = name.removeprefix(AD)
    if not (title := title_of(number)):
        return _("Ad %(number)s", number=shorten(number, LONGEST_TITLE, placeholder="…"))
    text = _("Ad “%(title)s”", title=shorten(title, LONGEST_TITLE, placeholder="…"))
    return f"{text} · …{number[-4:]}" if _has_namesakes(title) else text


def title_of(ad: str) -> str | None:
    """None for an ad nobody came from; one that is not among the newest is asked for."""
    account_id = current_user().account_id
    known = sources_of(account_id).ads.get(ad)
    return known if known is not None else title_of_ad(account_id, ad)


def _has_namesakes(title: str) -> bool:
    """An ad that ran twice has one title and two numbers."""
    return list(sources_of(current_user().account_id).ads.values()).count(title) > 1
