"""Verbs on leads, contacts and companies: add, move, tag, link, delete, restore, merge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from clarin_web.demo.kommo_server.core import LOST, WON
from clarin_web.demo.kommo_server.fields import FieldVerbs
from clarin_web.demo.kommo_server.table import Row


class RecordVerbs(FieldVerbs):
    def add_company(
        self,
        name: str,
        phones: Iterable[Any] = (),
        emails: Iterable[Any] = (),
        *,
        owner_id: int | None = None,
        tags: Iterable[str] = (),
        created_at: int | None = None,
        **extra: Any,
    ) -> int:
        fields = {"name": name, "phones": list(phones), "emails": list(emails)}
        own = {"tags": self._tags("companies", tags), "responsible_user_id": owner_id or self._me()}
        return self._put("companies", {**fields, **own, **extra}, created_at)

    def add_contact(
        self,
        name: str,
        phones: Iterable[Any] = (),
        emails: Iterable[Any] = (),
        *,
        company_id: int | None = None,
        owner_id: int | None = None,
        tags: Iterable[str] = (),
        created_at: int | None = None,
        **extra: Any,
    ) -> int:
        """`phones` and `emails` hold texts, or (text, "MOB") to say which kind."""
        fields = {"name": name, "phones": list(phones), "emails": list(emails), "company_id": company_id}
        more = {"responsible_user_id": owner_id or self._me(), "tags": self._tags("contacts", tags)}
        return self._put("contacts", {**fields, **more, **extra}, created_at)

    def add_lead(
        self,
        name: str,
        pipeline_id: int,
        stage_id: int | None = None,
        *,
        price: float = 0,
        owner_id: int | None = None,
        contact_ids: Sequence[int] = (),
        tags: Iterable[str] = (),
        loss_reason_id: int | None = None,
        created_at: int | None = None,
        updated_at: int | None = None,
        **extra: Any,
    ) -> int:
        stage = stage_id if stage_id is not None else self.stage_ids(pipeline_id, closed=False)[0]
        when = created_at or self.now()
        fields = {
            "name": name,
            "price": price,
            "pipeline_id": pipeline_id,
            "status_id": stage,
            "contact_ids": list(contact_ids),
            "responsible_user_id": owner_id or self._me(),
            "tags": self._tags("leads", tags),
            "loss_reason_id": loss_reason_id,
            "closed_at": (updated_at or when) if stage in (WON, LOST) else None,
        }
        stamp = {} if updated_at is None else {"updated_at": updated_at}
        return self._put("leads", {**fields, **stamp, **extra}, created_at)

    def move_stage(
        self, lead_id: int, stage_id: int, *, pipeline_id: int | None = None, reason: int | None = None
    ) -> None:
        """Move a lead; 142 and 143 close it, any other stage reopens it."""
        closed = stage_id in (WON, LOST)
        target = pipeline_id or self.rows["leads"][lead_id]["pipeline_id"]
        self.change(
            "leads",
            lead_id,
            status_id=stage_id,
            pipeline_id=target,
            closed_at=self.now() if closed else None,
            loss_reason_id=reason if stage_id == LOST else None,
        )

    def set_price(self, lead_id: int, price: float) -> None:
        self.change("leads", lead_id, price=price)

    def assign(self, lead_id: int, user_id: int) -> None:
        self.change("leads", lead_id, responsible_user_id=user_id)

    def tag(self, kind: str, id_: int, *names: str) -> None:
        """The whole tag set of a lead, contact or company, as Kommo's own editor sends it."""
        with self.lock:
            self._softly("tags", kind, id_, tags=self._tags(kind, names))

    def link(self, lead_id: int, contact_id: int) -> None:
        """Add a contact to a lead; the first one is the main one."""
        with self.lock:
            ids = [id_ for id_ in self.rows["leads"][lead_id]["contact_ids"] if id_ != contact_id]
            self._softly("links", "leads", lead_id, contact_ids=[*ids, contact_id])

    def unlink(self, lead_id: int, contact_id: int) -> None:
        with self.lock:
            ids = [id_ for id_ in self.rows["leads"][lead_id]["contact_ids"] if id_ != contact_id]
            self._softly("links", "leads", lead_id, contact_ids=ids)

    def delete(self, kind: str, id_: int) -> None:
        """Into the recycle bin. Tasks and notes are gone for good."""
        with self.lock:
            self._change(kind, id_, "delete", {"is_deleted": True})
            self._touch_linked(kind, id_)

    def restore(self, kind: str, id_: int) -> None:
        with self.lock:
            self._change(kind, id_, "restore", {"is_deleted": False})
            self._touch_linked(kind, id_)

    def purge(self, kind: str, id_: int) -> None:
        """Emptied out of the bin, or gone without a word: not even `only_deleted` shows it. Nothing is announced."""
        with self.lock:
            del self.rows[kind][id_]

    def merge(self, kind: str, survivor_id: int, absorbed_id: int) -> None:
        """The absorbed row vanishes; the survivor takes its tags, numbers and links. One event names the survivor."""
        with self.lock:
            survivor, absorbed = self.rows[kind][survivor_id], self.rows[kind][absorbed_id]
            self.rows[kind][absorbed_id] = {**absorbed, "is_deleted": True, "merged_into": survivor_id}
            self._change(kind, survivor_id, "merge", _union(survivor, absorbed))
            self._repoint(kind, survivor_id, absorbed_id)
            if self.merge_tells_absorbed:
                self.announce(kind, absorbed_id, "delete", absorbed, self.rows[kind][absorbed_id])

    def linked(self, kind: str, id_: int) -> list[tuple[str, int]]:
        """Listed entities that point at this contact or company."""
        name = {"contacts": "contacts", "companies": "company"}.get(kind)
        holders = {"contacts": ("leads",), "companies": ("leads", "contacts")}.get(kind, ())
        return [
            (holder, other)
            for holder in holders
            for other in self.rows[holder].pointing(str(name), id_)
            if self.rows[holder].is_listed(other)
        ]

    def _repoint(self, kind: str, survivor_id: int, absorbed_id: int) -> None:
        for holder, id_ in self.linked(kind, absorbed_id):
            row = self.rows[holder][id_]
            if kind == "contacts":
                ids = [survivor_id if old == absorbed_id else old for old in row["contact_ids"]]
                self._softly("links", holder, id_, contact_ids=list(dict.fromkeys(ids)))
            else:
                self._softly("links", holder, id_, company_id=survivor_id)

    def _touch_linked(self, kind: str, id_: int) -> None:
        """What a row shows changes when a contact or company it links to goes or comes back."""
        if "links" in self.bumps:
            for holder, other in self.linked(kind, id_):
                self.touch(holder, other)

    def _softly(self, what: str, kind: str, id_: int, **fields: Any) -> None:
        """Change without a new stamp unless `what` is in `bumps`: nobody documents what stamps a row."""
        old = self.rows[kind][id_]
        keep = {} if what in self.bumps else {"updated_at": old["updated_at"]}
        self.change(kind, id_, **fields, **keep)

    def _me(self) -> int:
        return int(self.account["current_user_id"])


def _union(survivor: Row, absorbed: Row) -> Row:
    lists = ("tags", "phones", "emails", "contact_ids")
    both = {key: [*survivor[key], *absorbed.get(key, ())] for key in lists if key in survivor}
    merged = {key: _unique(values) for key, values in both.items()}
    fields = {**(absorbed.get("fields") or {}), **(survivor.get("fields") or {})}
    company = survivor.get("company_id") or absorbed.get("company_id")
    return {**merged, "fields": fields, "company_id": company}


def _unique(values: list[Any]) -> list[Any]:
    return [value for index, value in enumerate(values) if value not in values[:index]]
