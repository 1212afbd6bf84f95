"""The JSON of interactive messages: buttons, payments, forms. Its keys are WhatsApp's, its words are people's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from clarin_web.devices.message_parts import Part
from clarin_web.devices.neonize_gateway.content_parts import amount, clean, said, with_value

MAX_DEPTH, MAX_JSON_CHARACTERS = 8, 200_000
LABELS = ("display_text", "displayText", "button_text", "cta_text", "flow_cta")
LINKS = ("url", "merchant_url", "uri", "link", "payment_link")
CODES = ("copy_code", "code", "key", "digitable_line", "coupon_code", "offer_code", "pix_code")
CALLS = ("phone_number",)
TITLES = ("title", "merchant_name", "header")
LISTS = ("items", "order_items", "sections", "rows")
MONEY = {
    "total_amount": "total", "total": "total", "subtotal": "subtotal", "tax": "tax", "shipping": "shipping",
    "discount": "discount", "amount": "amount",
}  # fmt: skip
# What steers WhatsApp and no phone prints: ids, tokens, states, kinds of keys and pictures.
_STEERS = re.compile(
    r"(^|_)(ids?|type|token|hash|version|mode|format|status|icon|image|currency|offset|installments|action|name|"
    r"state|screen|screens|secret|signature|sha256|timestamp|language|locale|mime|webview|experiment|event|config|"
    r"configuration|source|interaction|country|country_code)$|^(flow_|wa_flow|catalog|limit|expiration_time|in_thread|bottom_sheet|tap_target)|[a-z]ID$|JID$",
)
_SHOWN_ALL_THE_SAME = ("name", "discount_program_name", "merchant_name", "full_name")
_SELF_EVIDENT = ("title", "description", "text", "display_text")  # what was chosen, as it stood in the list
_STEERS_FORMS = re.compile(r"^(flow_|wa_flow_(?!response_params))|(^|_)(id|token|hash|version)$")
_NUMBERED = re.compile(r"^\d+_(?=\D)")  # "0_Cursos" is how forms call the choice "Cursos"
_FIELD = re.compile(r"^(screen_\d+_)?(.+?)(_\d+)?$")


def button_parts(name: str, text: str | bytes) -> Iterator[Part]:
    """One button of a native flow: what it says, and the link, code or phone behind it."""
    held = _read(text)
    yield from _button(held) if isinstance(held, dict) else ()


def parameter_parts(text: str | bytes) -> Iterator[Part]:
    """What a message says in the JSON beside its buttons."""
    yield from _walk(_read(text), "text")


def answer_parts(text: str | bytes) -> Iterator[Part]:
    """A filled-in form: each field under the name the form gives it, without the form's own bookkeeping."""
    held = _read(text)
    inner = _read(held.get("response_json", "")) if isinstance(held, dict) else None
    yield from _fields(inner if isinstance(inner, dict) else held)


def _read(text: Any) -> Any:
    """None for what is no JSON, or more of it than anybody would send in good faith."""
    if not isinstance(text, str | bytes) or not text or len(text) > MAX_JSON_CHARACTERS:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _button(held: dict[str, Any]) -> Iterator[Part]:
    label = next((str(held[key]) for key in LABELS if isinstance(held.get(key), str) and held[key]), "")
    rest = {key: value for key, value in held.items() if key not in LABELS}
    if value := _first(rest, LINKS):
        yield from with_value("link", label, value)
        rest = {key: value for key, value in rest.items() if key not in LINKS}
    elif value := _first(rest, CODES):
        yield from with_value("code", label, value)
        rest = {key: value for key, value in rest.items() if key not in CODES}
    elif value := _first(rest, CALLS):
        yield from with_value("call", label, value)
        rest = {key: value for key, value in rest.items() if key not in CALLS}
    elif label:
        yield Part("button", label)
    yield from _walk({key: value for key, value in rest.items() if label or key != "title"}, "small")
    if not label and isinstance(held.get("title"), str):
        yield Part("button", held["title"])


def _first(held: dict[str, Any], keys: tuple[str, ...]) -> str:
    return next((held[key] for key in keys if isinstance(held.get(key), str) and held[key]), "")


def _walk(held: Any, role: str, depth: int = 0) -> Iterator[Part]:
    if depth > MAX_DEPTH:
        return
    if isinstance(held, list):
        for one in held:
            yield from _walk(one, role, depth + 1)
    elif isinstance(held, dict):
        currency = str(held.get("currency") or "")
        for key, value in held.items():
            yield from _keyed(str(key), value, currency, role, depth)
    elif isinstance(held, str) and held:
        yield Part(role, held)


def _keyed(key: str, value: Any, currency: str, role: str, depth: int) -> Iterator[Part]:
    if isinstance(value, dict) and "value" in value and key in MONEY:
        yield from _amount(MONEY[key], value, currency)
        yield from _walk({k: v for k, v in value.items() if k.endswith("_name")}, role, depth + 1)
    elif isinstance(value, list) and key in LISTS:
        for one in value:
            yield from _listed(key, one, currency, depth + 1)
    elif isinstance(value, dict | list):
        yield from _walk(_with_currency(value, currency), role, depth + 1)
    elif isinstance(value, str) and value:
        yield from _text(key, value, role)


def _with_currency(held: Any, currency: str) -> Any:
    """It is named once, and counts for all within."""
    if isinstance(held, list):
        return [_with_currency(one, currency) for one in held]
    return {**held, "currency": held.get("currency") or currency} if isinstance(held, dict) else held


def _listed(key: str, held: Any, currency: str, depth: int) -> Iterator[Part]:
    """An article of an order, a section of a list, a line to choose in it."""
    if not isinstance(held, dict):
        return
    if key == "sections":
        yield from said("section", str(held.get("title") or ""))
        yield from _walk({k: v for k, v in held.items() if k != "title"}, "small", depth)
    elif key == "rows":
        titles = [str(held[k]) for k in ("header", "title") if held.get(k)]
        yield from with_value("row", " ".join(titles), str(held.get("description") or ""))
    else:
        yield from _item(held, currency)


def _amount(role: str, held: dict[str, Any], currency: str) -> Iterator[Part]:
    if number := _number(held):
        yield from amount(role, number, currency, str(held.get("description") or ""))


def _text(key: str, value: str, role: str) -> Iterator[Part]:
    if key in LINKS and value.startswith(("http://", "https://")):
        yield Part("link", "", value)
    elif key in CODES:
        yield Part("code", "", value)
    elif key in CALLS:
        yield Part("call", "", value)
    elif key in LABELS:
        yield Part("button", value)
    elif key in TITLES:
        yield Part("row", value)
    elif key.endswith("json") or (value[:1] in "{[" and _read(value) is not None):
        yield from _walk(_read(value), role, 1)
    elif key in _SHOWN_ALL_THE_SAME or not _STEERS.search(key):
        yield Part(role, value)


def _item(item: dict[str, Any], currency: str) -> Iterator[Part]:
    quantity = item.get("quantity")
    name = str(item.get("name") or item.get("title") or "")
    price = item.get("sale_amount") or item.get("amount")
    number = _number(price) if isinstance(price, dict) else Decimal(0)
    text = f"{quantity} × {name}" if isinstance(quantity, int) and quantity > 1 else name
    if number:
        yield from amount("item", number, currency, text)
    elif text:
        yield Part("item", text)
    shown = ("name", "title", "quantity", "sale_amount", "amount")
    yield from _walk({key: value for key, value in item.items() if key not in shown}, "small", 1)


def _number(held: dict[str, Any]) -> Decimal:
    """`value` over `offset`, as the amounts of orders are written."""
    value, offset = held.get("value"), held.get("offset", 1)
    usable = isinstance(value, int | float) and isinstance(offset, int) and offset > 0 and abs(value) < 1e15
    return Decimal(str(value)) / offset if usable else Decimal(0)


def _fields(held: Any, depth: int = 0) -> Iterator[Part]:
    if not isinstance(held, dict) or depth > MAX_DEPTH:
        return
    for key, value in held.items():
        if _STEERS_FORMS.search(str(key)):
            continue
        if isinstance(value, dict):
            yield from _fields(value, depth + 1)
        elif shown := _answer(value):
            label = "" if key in _SELF_EVIDENT else _label(str(key))
            yield Part("field", shown, label) if label else Part("text", shown)


def _answer(value: Any) -> str:
    """Several choices in one line; a box ticked or left empty as its sign."""
    if isinstance(value, bool):
        return "✓" if value else "–"
    if isinstance(value, list):
        return ", ".join(filter(None, (_answer(one) for one in value if not isinstance(one, dict | list))))
    return (
        _NUMBERED.sub("", clean(value))
        if isinstance(value, str)
        else str(value)
        if isinstance(value, int | float)
        else ""
    )


def _label(key: str) -> str:
    """ "screen_0_Nombre_completo_1" is what the form's author called "Nombre completo"."""
    found = _FIELD.match(key)
    return " ".join((found.group(2) if found else key).replace("_", " ").split())
