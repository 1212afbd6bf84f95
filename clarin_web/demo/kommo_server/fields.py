"""Custom field definitions of every documented type, and values in the shape each type has when read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clarin_web.demo.kommo_server.core import id_in
from clarin_web.demo.kommo_server.office import TagVerbs
from clarin_web.demo.kommo_server.table import Row

ENUMERATED = ("select", "multiselect", "radiobutton", "category", "multitext", "smart_address")
NUMBERS = ("numeric", "monetary", "price")
PHONE_CODES = ("WORK", "WORKDD", "MOB", "FAX", "HOME", "OTHER")
EMAIL_CODES = ("WORK", "PRIV", "OTHER")
ADDRESS = ("address_line_1", "address_line_2", "city", "state", "zip", "country")
# One value of each type as a person would type it: `set_field` turns it into the API's item.
EXAMPLES: dict[str, Any] = {
    "text": "Plan 🚀 anual",
    "textarea": "Primera línea\nsegunda línea",
    "url": "https://demo.test/ficha?id=1",
    "streetaddress": "Av. Arequipa 123",
    "tracking_data": "google",
    "numeric": "1.5",
    "monetary": "1234.50",
    "price": "99",
    "checkbox": True,
    "select": "Web",
    "radiobutton": "Feria",
    "category": "Web",
    "multiselect": "Feria",
    "date": 1577836800,
    "date_time": 1577880000,
    "birthday": 316483200,
    "multitext": "014445566",
    "smart_address": "Lima",
    "legal_entity": {"name": "Andina SAC", "entity_type": 1, "vat_id": "20100100100", "address": "Lima"},
    "linked_entity": {"name": "Luis", "entity_id": 601, "entity_type": "contacts", "catalog_id": None},
    "chained_list": {"catalog_id": 1001, "catalog_element_id": 12},
    "file": {"file_uuid": "f-1", "version_uuid": "v-1", "file_name": "a.pdf", "file_size": 20763},
    "items": {"name": "Curso", "price": 100, "quantity": 2},
    "payer": {"name": "Andina SAC", "type": "legal"},
    "supplier": {"name": "Proveedor SAC", "type": "legal"},
    "org_legal_name": {"name": "Andina Sociedad Anónima"},
}
# The fields every account has. Their ids and enums are fixed, so that a world made lazily needs no look-up.
PREDEFINED = {
    "contacts": (
        (51, "Phone", "PHONE", "multitext", PHONE_CODES, 900),
        (52, "Email", "EMAIL", "multitext", EMAIL_CODES, 910),
        (53, "Position", "POSITION", "text", (), 0),
    ),
    "companies": (
        (61, "Phone", "PHONE", "multitext", PHONE_CODES, 920),
        (62, "Email", "EMAIL", "multitext", EMAIL_CODES, 930),
        (63, "Web", "WEB", "url", (), 0),
        (64, "Address", "ADDRESS", "textarea", (), 0),
    ),
}


class FieldVerbs(TagVerbs):
    """Definitions live in rows["fields"]; an entity keeps {field_id: items} in its `fields`."""

    def predefine_fields(self) -> None:
        """What a new account has on contacts and companies."""
        for entity, made in PREDEFINED.items():
            for id_, name, code, type_, codes, first in made:
                enums = [
                    {"id": first + n, "value": value, "sort": n, "code": value}
                    for n, value in enumerate(codes)
                ]
                row = _definition(entity, name, type_, code, enums)
                own = id_in(entity, id_) if self.equal_ids else id_
                self.rows["fields"][own] = {**row, "id": own, "is_predefined": True, "is_deletable": False}

    def add_field(
        self,
        entity: str,
        name: str,
        type_: str = "text",
        *,
        enums: Sequence[str] = (),
        code: str | None = None,
        **extra: Any,
    ) -> int:
        """A definition on leads, contacts or companies; enumerated types get two options unless told."""
        wanted = enums or (ADDRESS if type_ == "smart_address" else ("Web", "Feria", "Otro"))
        made = [self._enum(value, n) for n, value in enumerate(wanted)] if type_ in ENUMERATED else None
        return self._put("fields", {**_definition(entity, name, type_, code, made), **extra})

    def rename_field(self, field_id: int, name: str) -> None:
        self.change("fields", field_id, name=name)

    def remove_field(self, field_id: int) -> None:
        """Values of a removed field are no longer shown."""
        self._remove("fields", field_id)

    def rename_option(self, field_id: int, option_id: int, text: str) -> None:
        """Rows that have it show the new text, unstamped: they hold the option's id."""
        with self.lock:
            field = self.rows["fields"][field_id]
            enums = [{**one, "value": text} if one["id"] == option_id else one for one in field["enums"]]
            self.change("fields", field_id, enums=enums)
            for row in list(self.rows[field["entity"]].values()):
                items = (row.get("fields") or {}).get(field_id) or []
                if any(item.get("enum_id") == option_id for item in items):
                    told = [
                        {**one, "value": text} if one.get("enum_id") == option_id else one for one in items
                    ]
                    fields = {**row["fields"], field_id: told}
                    self.rows[field["entity"]][row["id"]] = {**row, "fields": fields}

    def add_field_of_each_type(self, entity: str = "leads") -> list[int]:
        return [self.add_field(entity, f"Campo {type_}", type_) for type_ in EXAMPLES]

    def set_field(self, kind: str, id_: int, field_id: int, *values: Any) -> None:
        """Set a custom field: plain values are put into their type's shape, no values empty the field."""
        with self.lock:
            now = dict(self.rows[kind][id_].get("fields") or {})
            now.pop(field_id, None)
            if values:
                field = self.rows["fields"][field_id]
                now[field_id] = [value_item(field, value) for value in values]
            self.change(kind, id_, fields=now)

    def example_of(self, field_id: int) -> Any:
        field = self.rows["fields"][field_id]
        enums = field["enums"]
        return enums[0]["value"] if enums and field["type"] != "multitext" else EXAMPLES[field["type"]]

    def _enum(self, value: str, sort: int) -> Row:
        code = value if value in ADDRESS else None
        return {"id": self.new_id("enums"), "value": value, "sort": sort, "code": code}


def value_item(field: Row, value: Any) -> Row:
    """One item of `values` as it is read."""
    type_ = field["type"]
    if type_ == "chained_list":
        return dict(value)
    if type_ == "multitext":
        text, code = value if isinstance(value, tuple | list) else (value, "WORK")
        return {"value": text, **_option(field, "code", code)}
    if type_ == "smart_address":
        part, text = value if isinstance(value, tuple | list) else ("city", value)
        return {"value": text, "enum_id": ADDRESS.index(part) + 1, "enum_code": part}
    if type_ in ENUMERATED:
        return {"value": value, **_option(field, "value", value)}
    return {"value": str(value) if type_ in NUMBERS else value}


def entry_of(field: Row, items: list[Row]) -> Row:
    """One element of `custom_fields_values`."""
    base = {"field_id": field["id"], "field_name": field["name"], "field_code": field["code"]}
    return {**base, "field_type": field["type"], "values": items, "is_computed": False}


def _option(field: Row, key: str, wanted: Any) -> Row:
    found = next((enum for enum in field["enums"] or [] if enum[key] == wanted), None)
    return {"enum_id": found and found["id"], "enum_code": found and found["code"]}


def _definition(entity: str, name: str, type_: str, code: str | None, enums: list[Row] | None) -> Row:
    return {"entity": entity, "name": name, "type": type_, "code": code, "enums": enums, "sort": 500}
