"""A filter is a frozen object with a canonical URL. It fails closed: what it does not know is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import partial
from urllib.parse import urlencode

from clarin_web.lib import values
from clarin_web.lib.errors import Invalid
from clarin_web.lib.text import MAX_QUERY, clean_text

SORTS = ("-updated", "updated", "-created", "created", "name", "-name", "-value", "value")
STATUSES = ("open", "won", "lost")
GONE = ("yes", "no")
MADE = ("typed", "whatsapp", "kommo")  # how a lead came to be
CAME = ("ad", "post", "link", "code", "catalog", "status", "page", "search")  # what made its person write
AD = "ad:"  # before WhatsApp's number of one ad
MAX_AD = 200
KOMMO = "kommo:"  # before the number of a person of Kommo who is no member here
PAGE_SIZE, MAX_PAGE_SIZE = 50, 200
PLACES = ("after", "before", "edit")


@dataclass(frozen=True, slots=True)
class LeadFilter:
    """What to show and in which order. `owner` is "me", "none", a user's id or "kommo:" and one of Kommo's.

    `gone`: "yes" or "no", whether it left Kommo. `source`: one of MADE or CAME, or "ad:" and the number of one ad.
    """

    q: str = ""
    pipeline: int | None = None
    stage: int | None = None
    status: str = ""
    owner: str = ""
    tag: int | None = None
    source: str = ""
    gone: str = ""
    created_from: date | None = None
    created_to: date | None = None
    sort: str = "-updated"
    limit: int = PAGE_SIZE

    @property
    def kommo_owner(self) -> int | None:
        """The person of Kommo, no member here, whose leads are chosen."""
        return int(self.owner.removeprefix(KOMMO)) if self.owner.startswith(KOMMO) else None

    @property
    def ad(self) -> str | None:
        """The one ad whose leads are chosen."""
        return self.source.removeprefix(AD) if self.source.startswith(AD) else None

    @property
    def is_narrow(self) -> bool:
        """Something other than order and page size is chosen."""
        return any(name not in ("sort", "limit") for name in self.params())

    @property
    def descending(self) -> bool:
        return self.sort.startswith("-")

    @property
    def sort_field(self) -> str:
        return self.sort.lstrip("-")

    def params(self, **changes: object) -> dict[str, str]:
        """The parameters that differ from the defaults, in one fixed order: the canonical query string."""
        chosen = {f.name: changes.get(f.name, getattr(self, f.name)) for f in fields(self)}
        defaults = {f.name: f.default for f in fields(self)}
        kept = {
            name: _text(value) for name, value in chosen.items() if value not in (None, "", defaults[name])
        }
        return kept | {name: str(changes[name]) for name in PLACES if changes.get(name)}

    def url(self, path: str, **changes: object) -> str:
        query = urlencode(self.params(**changes))
        return f"{path}?{query}" if query else path

    def without(self, path: str, *names: str) -> str:
        """The same list with these filters taken away, from its first page."""
        return self.url(path, **dict.fromkeys(names))


def parse_filter(args: Mapping[str, str]) -> LeadFilter:
    """Read query parameters. Raises Invalid naming each parameter that is unknown or cannot be understood."""
    refused: dict[str, str] = {
        name: "no_such_filter" for name in args if name not in _READERS and name not in PLACES
    }
    chosen: dict[str, object] = {}
    for name, read in _READERS.items():
        if raw := args.get(name, "").strip():
            try:
                chosen[name] = read(raw)
            except ValueError as reason:
                refused[name] = str(reason)
    if not refused and _is_backwards(chosen):
        refused["created_to"] = "range_backwards"
    if refused:
        raise Invalid("filter_refused", refused)
    return LeadFilter(**chosen)  # type: ignore[arg-type]


def check_known(
    chosen: LeadFilter,
    *,
    pipelines: Iterable[int],
    stages: Iterable[int],
    tags: Iterable[int],
    users: Iterable[int],
    kommo_users: Iterable[int],
    ads: Iterable[str],
) -> None:
    """Refuse ids the account does not have: an unknown stage must not look like an empty one."""
    refused = {
        name: "not_there"
        for name, value, known in (
            ("pipeline", chosen.pipeline, pipelines),
            ("stage", chosen.stage, stages),
            ("tag", chosen.tag, tags),
            ("owner", int(chosen.owner) if chosen.owner.isdigit() else None, users),
            ("owner", chosen.kommo_owner, kommo_users),
            ("source", chosen.ad, ads),
        )
        if value is not None and value not in known
    }
    if refused:
        raise Invalid("filter_refused", refused)


def _is_backwards(chosen: Mapping[str, object]) -> bool:
    first, last = chosen.get("created_from"), chosen.get("created_to")
    return isinstance(first, date) and isinstance(last, date) and first > last


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _query(raw: str) -> str:
    if len(raw) > MAX_QUERY:
        raise ValueError("too_long")
    return clean_text(raw, one_line=True)


def _owner(raw: str) -> str:
    if raw in ("me", "none"):
        return raw
    prefix = KOMMO if raw.startswith(KOMMO) else ""
    return f"{prefix}{values.record_id(raw.removeprefix(prefix))}"


def _source(raw: str) -> str:
    if not raw.startswith(AD):
        return values.choice(raw, options=(*MADE, *CAME))
    number = raw.removeprefix(AD)
    if not number or len(number) > MAX_AD or clean_text(number, one_line=True) != number:
        raise ValueError("not_there")
    return raw


def _limit(raw: str) -> int:
    if not 1 <= (rows := values.record_id(raw)) <= MAX_PAGE_SIZE:
        raise ValueError("out_of_range")
    return rows


_READERS: dict[str, Callable[[str], object]] = {
    "q": _query,
    "pipeline": values.record_id,
    "stage": values.record_id,
    "status": partial(values.choice, options=STATUSES),
    "owner": _owner,
    "tag": values.record_id,
    "source": _source,
    "gone": partial(values.choice, options=GONE),
    "created_from": values.day,
    "created_to": values.day,
    "sort": partial(values.choice, options=SORTS),
    "limit": _limit,
}
