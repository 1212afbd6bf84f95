"""World rows as Kommo's API writes them."""

from __future__ import annotations

from typing import Any

from clarin_web.demo.kommo_server.world import World

Row = dict[str, Any]
_NO_RIGHTS = {"view": "A", "edit": "A", "add": "A", "delete": "A", "export": "A"}


def account(world: World) -> Row:
    settings = {"timezone": world.account["time_zone"], "timezone_offset": "-05:00"}
    shown = {key: value for key, value in world.account.items() if key != "time_zone"}
    return {**shown, "_embedded": {"datetime_settings": settings}}


def user(_: World, row: Row, __: set[str]) -> Row:
    rights = {
        "leads": _NO_RIGHTS,
        "is_admin": row["is_admin"],
        "is_active": row["is_active"],
        "group_id": None,
    }
    return {"id": row["id"], "name": row["name"], "email": row["email"], "lang": "es", "rights": rights}


def pipeline(world: World, row: Row, _: set[str]) -> Row:
    shown = {key: value for key, value in row.items() if key != "stages"}
    statuses = [{**stage, "account_id": world.account["id"]} for stage in row["stages"]]
    return {**shown, "account_id": world.account["id"], "_embedded": {"statuses": statuses}}


def plain(_: World, row: Row, __: set[str]) -> Row:
    return {key: value for key, value in row.items() if key not in ("kind", "is_deleted")}


def lead(world: World, row: Row, with_: set[str]) -> Row:
    contacts = row["contact_ids"]
    embedded: Row = {"tags": _tags(world, row), "companies": []}
    if "contacts" in with_:
        embedded["contacts"] = [{"id": id_, "is_main": index == 0} for index, id_ in enumerate(contacts)]
    if "loss_reason" in with_:
        reason = world.rows["loss_reasons"].get(row["loss_reason_id"] or 0)
        embedded["loss_reason"] = [plain(world, reason, set())] if reason else []
    shown = {key: value for key, value in row.items() if key not in ("tags", "contact_ids")}
    fixed = {"group_id": 0, "created_by": 0, "updated_by": 0, "closest_task_at": None, "score": None}
    base = {**fixed, "custom_fields_values": None, "account_id": world.account["id"]}
    return {**base, **shown, "_links": _self(world, "leads", row), "_embedded": embedded}


def contact(world: World, row: Row, with_: set[str]) -> Row:
    embedded: Row = {
        "tags": _tags(world, row),
        "companies": [{"id": row["company_id"]}] if row["company_id"] else [],
    }
    if "leads" in with_:
        embedded["leads"] = [
            {"id": id_} for id_, it in world.rows["leads"].items() if row["id"] in it["contact_ids"]
        ]
    first, _, last = str(row["name"]).partition(" ")
    hidden = ("tags", "company_id", "phones", "emails")
    shown = {key: value for key, value in row.items() if key not in hidden}
    fields = [
        *_multitext(51, "Phone", "PHONE", row["phones"]),
        *_multitext(52, "Email", "EMAIL", row["emails"]),
    ]
    base = {"first_name": first, "last_name": last, "group_id": 0, "custom_fields_values": fields or None}
    own = {"account_id": world.account["id"], "_links": _self(world, "contacts", row), "_embedded": embedded}
    return {**base, **own, **shown}


def _tags(world: World, row: Row) -> list[Row]:
    return [{"id": id_, "name": world.rows["tags"][id_]["name"], "color": None} for id_ in row["tags"]]


def _multitext(id_: int, name: str, code: str, values: list[str]) -> list[Row]:
    if not values:
        return []
    items = [{"value": value, "enum_id": 900, "enum_code": "WORK"} for value in values]
    return [
        {"field_id": id_, "field_name": name, "field_code": code, "field_type": "multitext", "values": items}
    ]


def _self(world: World, kind: str, row: Row) -> Row:
    """Addresses in answers name Kommo's own host: a client that follows them gives its token away."""
    return {"self": {"href": f"https://{world.account['subdomain']}.kommo.com/api/v4/{kind}/{row['id']}"}}
