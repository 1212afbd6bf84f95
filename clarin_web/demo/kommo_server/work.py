"""Verbs on what surrounds a deal: tasks, notes and calls, incoming (unsorted) leads."""

from __future__ import annotations

import hashlib
from typing import Any

from clarin_web.demo.kommo_server.records import RecordVerbs
from clarin_web.demo.kommo_server.table import Row

CATEGORIES = ("sip", "mail", "forms", "chats")


class WorkVerbs(RecordVerbs):
    def add_task(
        self,
        text: str,
        entity_type: str | None = None,
        entity_id: int | None = None,
        *,
        till: int | None = None,
        owner_id: int | None = None,
        type_id: int = 1,
        **extra: Any,
    ) -> int:
        """A task of leads, contacts or companies, or of nothing."""
        about = {"text": text, "entity_type": entity_type, "entity_id": entity_id, "task_type_id": type_id}
        due = {"complete_till": till or self.now() + 86400, "duration": 0, "is_completed": False}
        rest = {"responsible_user_id": owner_id or self._me(), "result": []}
        id_ = self._put("tasks", {**about, **due, **rest, **extra})
        self._bump("tasks", entity_type, entity_id)
        return id_

    def complete_task(self, task_id: int, result: str = "") -> None:
        self.change("tasks", task_id, is_completed=True, result={"text": result} if result else [])

    def delete_task(self, task_id: int) -> None:
        self._remove("tasks", task_id)

    def add_note(self, entity_type: str, entity_id: int, note_type: str = "common", **params: Any) -> int:
        """`common` takes text=; `call_in` and `call_out` take phone=, duration=, source=, link=."""
        me = {"responsible_user_id": self._me(), "created_by": self._me(), "updated_by": self._me()}
        about = {"entity_type": entity_type, "entity_id": entity_id, "note_type": note_type}
        id_ = self._put("notes", {**about, "params": params, **me})
        self._bump("notes", entity_type, entity_id)
        return id_

    def add_call(
        self, entity_type: str, entity_id: int, phone: str, duration: int = 60, *, out: bool = False
    ) -> int:
        uniq = hashlib.md5(f"{entity_id}{phone}{self.now()}".encode(), usedforsecurity=False).hexdigest()
        link = f"https://rec.test/{uniq}.mp3"
        params = {"uniq": uniq, "duration": duration, "source": "Twilio", "link": link, "phone": phone}
        return self.add_note(
            entity_type, entity_id, "call_out" if out else "call_in", **params, call_status=4
        )

    def edit_note(self, note_id: int, **params: Any) -> None:
        self.change("notes", note_id, params={**self.rows["notes"][note_id]["params"], **params})

    def delete_note(self, note_id: int) -> None:
        self._remove("notes", note_id)

    def add_unsorted(
        self, name: str, pipeline_id: int, person: str, phone: str, category: str = "forms"
    ) -> str:
        """An incoming lead with its contact, hidden from lists until accepted. Answers its uid."""
        with self.lock:
            contact = self.add_contact(person, [phone] if phone else [], is_unsorted=True)
            stage = self.incoming_stage(pipeline_id)
            lead = self.add_lead(name, pipeline_id, stage, contact_ids=[contact], is_unsorted=True)
            uid = hashlib.md5(f"unsorted {lead}".encode(), usedforsecurity=False).hexdigest()
            about = {"uid": uid, "category": category, "pipeline_id": pipeline_id}
            linked = {"lead_id": lead, "contact_id": contact, "metadata": _metadata(category, self.now())}
            self._put("unsorted", {**about, **linked, "source_uid": None, "source_name": None})
            return uid

    def find_unsorted(self, uid: str) -> Row | None:
        return next((row for row in self.rows["unsorted"].values() if row["uid"] == uid), None)

    def accept(self, uid: str, stage_id: int | None = None, user_id: int | None = None) -> int:
        """It becomes a normal lead with the same id, in the first open stage unless told."""
        with self.lock:
            row = self._taken(uid)
            stage = stage_id or self.stage_ids(row["pipeline_id"], closed=False)[0]
            owner = user_id or self._me()
            self.change("contacts", row["contact_id"], is_unsorted=False)
            shown = {"is_unsorted": False, "status_id": stage, "responsible_user_id": owner}
            self.change("leads", row["lead_id"], **shown)
            del self.rows["unsorted"][row["id"]]
            self.announce("unsorted", row["id"], "accept", row, None)
            return int(row["lead_id"])

    def decline(self, uid: str) -> int:
        """Gone, with its lead and contact."""
        with self.lock:
            row = self._taken(uid)
            del self.rows["unsorted"][row["id"]]
            self.delete("leads", row["lead_id"])
            self.delete("contacts", row["contact_id"])
            self.announce("unsorted", row["id"], "decline", row, None)
            return int(row["lead_id"])

    def _taken(self, uid: str) -> Row:
        row = self.find_unsorted(uid)
        if row is None:
            raise KeyError(uid)
        return row

    def _bump(self, what: str, kind: str | None, id_: int | None) -> None:
        if what in self.bumps and id_ is not None and kind in self.rows and id_ in self.rows[kind]:
            self.touch(kind, id_)


def _metadata(category: str, now: int) -> Row:
    if category == "sip":
        return {"from": "+51999111222", "phone": "014445566", "called_at": now, "duration": 30, "link": ""}
    if category == "mail":
        return {"from": {"email": "luis@demo.test"}, "subject": "Consulta", "received_at": now}
    if category == "chats":
        return {"from": "Luis", "to": "", "received_at": now, "service": "waba", "client": None}
    form = {"form_id": "1115559", "form_name": "Web", "form_page": "https://demo.test/", "visitor_uid": None}
    return {**form, "ip": "203.0.113.5", "form_sent_at": str(now), "referer": "https://demo.test/"}
