"""The account, its users, pipelines, stages, tags and field definitions."""

from __future__ import annotations

from clarin_web.demo.kommo_server.core import shown_id
from clarin_web.demo.kommo_server.shapes.view import View
from clarin_web.demo.kommo_server.table import Row

ALL = {"view": "A", "edit": "A", "add": "A", "delete": "A", "export": "A"}
OWN = {"view": "M", "edit": "M", "add": "A", "delete": "D", "export": "D"}
TASK_TYPES = [
    {"id": 1, "name": "Follow-up", "color": None, "icon_id": None, "code": "FOLLOW_UP"},
    {"id": 2, "name": "Meeting", "color": None, "icon_id": None, "code": "MEETING"},
]
PATTERNS = {
    "date_pattern": "d.m.Y H:i",
    "short_date_pattern": "d.m.Y",
    "short_time_pattern": "H:i",
    "date_formant": "d.m.Y",
    "time_format": "H:i:s",
}
FIXED = {
    "created_at": 1700000000,
    "created_by": 0,
    "updated_at": 1700000500,
    "updated_by": 0,
    "customers_mode": "disabled",
    "is_helpbot_enabled": False,
    "is_technical_account": False,
    "contact_name_display_order": 1,
}


def account(view: View) -> Row:
    world = view.world
    shown = {key: value for key, value in world.account.items() if key != "time_zone"}
    settings = {**PATTERNS, "timezone": world.account["time_zone"], "timezone_offset": "-05:00"}
    parts = {
        "users_groups": groups(view),
        "task_types": TASK_TYPES,
        "datetime_settings": settings,
    }
    plain = {"version": 16, "amojo_id": "6f1c0000-demo", "drive_url": "https://drive-c.kommo.com"}
    asked = {key: value for key, value in plain.items() if key in view.with_}
    embedded = {key: value for key, value in parts.items() if key in view.with_}
    return {**FIXED, **shown, **asked, "_links": view.link("account"), "_embedded": embedded}


def groups(view: View) -> list[Row]:
    rows = [
        {"id": row["id"], "name": row["name"], "uuid": None} for row in view.world.rows["groups"].values()
    ]
    return rows or [{"id": 0, "name": "Ventas", "uuid": None}]


def user(view: View, row: Row) -> Row:
    kinds = ALL if row["is_admin"] else OWN
    rights = {
        **dict.fromkeys(("leads", "contacts", "companies"), kinds),
        "tasks": {"edit": "A", "delete": "A"},
        "mail_access": False,
        "catalog_access": False,
        "status_rights": None,
        "is_admin": row["is_admin"],
        "is_free": False,
        "is_active": row["is_active"],
        "group_id": row.get("group_id"),
        "role_id": row.get("role_id"),
    }
    plain = {key: row[key] for key in ("id", "name", "email", "lang")}
    embedded: Row = {}
    if "role" in view.with_:
        embedded["roles"] = [role(view, found) for found in _roles(view, row)]
    if "group" in view.with_:
        embedded["groups"] = [group for group in groups(view) if group["id"] == (row.get("group_id") or 0)]
    return {**plain, "rights": rights, "_links": view.link("users", row["id"]), "_embedded": embedded}


def _roles(view: View, user_row: Row) -> list[Row]:
    return [row for row in view.world.rows["roles"].values() if row["id"] == user_row.get("role_id")]


def role(view: View, row: Row) -> Row:
    return {"id": row["id"], "name": row["name"], "_links": view.link("roles", row["id"])}


def pipeline(view: View, row: Row) -> Row:
    shown = {key: value for key, value in row.items() if key != "stages"}
    statuses = [stage(view, one) for one in row["stages"]]
    links = {"_links": view.link("leads", "pipelines", row["id"])}
    return {**shown, "account_id": view.account_id(), **links, "_embedded": {"statuses": statuses}}


def stage(view: View, row: Row) -> Row:
    return {**row, "account_id": view.account_id()}


def tag(_: View, row: Row) -> Row:
    return {"id": shown_id(row["id"]), "name": row["name"], "color": row.get("color")}


def field(view: View, row: Row) -> Row:
    """A custom field definition with every documented key."""
    nulls = dict.fromkeys(("group_id", "tracking_callback", "remind", "currency", "chained_lists"))
    lists: Row = {"required_statuses": [], "hidden_statuses": [], "triggers": []}
    flags = {"is_api_only": False, "is_deletable": True, "is_predefined": False}
    shown = {key: value for key, value in row.items() if key not in ("entity", "is_deleted")}
    own = {"account_id": view.account_id(), "entity_type": row["entity"], "search_in": None, "settings": None}
    id_ = shown_id(row["id"])
    links = {"_links": view.link(row["entity"], "custom_fields", id_)}
    return {**nulls, **lists, **flags, **own, **shown, "id": id_, **links}
