"""The JSON of interactive messages: buttons, payments, forms. Its keys are WhatsApp's, its words are people's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from clarin_web.devices.message_parts import STATES, Part
from clarin_web.devices.neonize_gateway.content_parts import (
    amount,
    clean,
    currency_of,
    moment,
    said,
    with_value,
)
from clarin_web.lib.links import web_address

MAX_DEPTH, MAX_JSON_CHARACTERS = 8, 200_000
LABELS = ("display_text", "displayText", "button_text", "cta_text", "flow_cta")
LINKS = ("url", "merchant_url", "uri", "link", "payment_link")
CODES = ("copy_code", "code", "key", "digitable_line", "coupon_code", "offer_code", "pix_code")
CALLS = ("phone_number",)
TITLES = ("title", "merchant_name", "header")
LISTS = ("items", "order_items", "sections", "rows")
MONEY = {
    "total_amount": "total", "total": "total", "subtotal": "subtotal", "tax": "tax", "shipping": "shipping",
    "delivery_fee": "shipping", "shipping_fee": "shipping", "discount": "discount", "amount": "amount",
}  # fmt: skip
STATED = ("status", "payment_status")  # of an order or a payment: a phone prints them in its own words
CHOICES = (
    "title",
    "name",
    "text",
    "label",
    "display_text",
)  # what somebody chose, told with its id and picture
MOST_MONEY = 10**15
# What steers WhatsApp and no phone prints: ids, tokens, states, kinds of keys and pictures.
_STEERS = re.compile(
    r"(^|_)(ids?|type|token|hash|version|mode|format|status|icon|image|currency|offset|installments|action|name|"
    r"state|screen|screens|secret|signature|sha256|timestamp|language|locale|mime|webview|experiment|event|config|"
    r"configuration|source|interaction|country|country_code|domain|canonical_url)$|"
    r"^(flow_|wa_flow|business_|catalog|limit|in_thread|bottom_sheet|tap_target)|[a-z]ID$|JID$",
)
_SHOWN_ALL_THE_SAME = ("name", "discount_program_name", "merchant_name", "full_name")
_SELF_EVIDENT = (
    "title",
    "description",
    "text",
    "display_text",
    "response_message",
)  # what was chosen, as it stood in the list
# With all within: how a form begins, in the words of its program.
_STEERS_WHOLE = re.compile(r"^(flow|wa_flow)_")
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
    yield from _fields(_answered(text))


def address_parts(text: str | bytes) -> Iterator[Part]:
    """An address as one writes it, line by line: the names of its fields are a program's."""
    yield from (Part("text", part.text) for part in _fields(_answered(text)))


def is_accepted(text: str | bytes) -> bool:
    """Whether what was asked for is allowed from now on."""
    held = _answered(text)
    return isinstance(held, dict) and held.get("response") in ("accept", "accepted", True)


def _answered(text: str | bytes) -> Any:
    held = _read(text)
    inner = _read(held.get("response_json", "")) if isinstance(held, dict) else None
    return inner if isinstance(inner, dict) else held


def _read(text: Any) -> Any:
    """None for what is no JSON, or more of it than anybody would send in good faith."""
    if not isinstance(text, str | bytes) or not text or len(text) > MAX_JSON_CHARACTERS:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _button(held: dict[str, Any]) -> Iterator[Part]:
    label = next((held[key] for key in LABELS if isinstance(held.get(key), str) and held[key]), "")
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
    if not label and (title := _scalar(held.get("title"))):
        yield Part("button", title)


def _first(held: dict[str, Any], keys: tuple[str, ...]) -> str:
    return next(filter(None, (_scalar(held.get(key)) for key in keys)), "")


def _scalar(value: Any) -> str:
    """A text, or a number that programs write where people read a code or a phone; "" for everything else."""
    if isinstance(value, str):
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number and abs(value) < MOST_MONEY else ""  # NaN and Infinity are not below


def _walk(held: Any, role: str, depth: int = 0) -> Iterator[Part]:
    if depth > MAX_DEPTH:
        return
    if isinstance(held, list):
        for one in held:
            yield from _walk(one, role, depth + 1)
    elif isinstance(held, dict):
        currency = currency_of(held.get("currency"))
        if isinstance(held.get("order"), dict):  # else it is a number of a program's, which nobody is told
            yield from said("reference", _scalar(held.get("reference_id")))
        for key, value in held.items():
            yield from _keyed(str(key), value, currency, role, depth)
    elif isinstance(held, str) and held:
        yield Part(role, held)


def _keyed(key: str, value: Any, currency: str, role: str, depth: int) -> Iterator[Part]:
    if key in MONEY and (number := _number(value)):
        note = _scalar(value.get("description")) if isinstance(value, dict) else ""
        yield from amount(MONEY[key], number, currency, note)
        named = value.items() if isinstance(value, dict) else ()
        yield from _walk({k: v for k, v in named if k.endswith("_name")}, role, depth + 1)
    elif isinstance(value, list) and key in LISTS:
        for one in value:
            yield from _listed(key, one, currency, depth + 1)
    elif isinstance(value, dict | list):
        held = () if _STEERS_WHOLE.search(key) else _with_currency(value, currency)
        yield from _walk(held, role, depth + 1)
    elif key in STATED:
        yield from said("state", code) if (code := _scalar(value).lower()) in STATES else ()
    elif key == "expiration_time":
        yield from moment("expires", int(_number(value)))
    elif shown := _scalar(value) if isinstance(value, str) or key in (*CODES, *CALLS) else "":
        yield from _text(key, shown, role)


def _with_currency(held: Any, currency: str) -> Any:
    """It is named once, and counts for all within."""
    if isinstance(held, list):
        return [_with_currency(one, currency) for one in held]
    return (
        {**held, "currency": currency_of(held.get("currency")) or currency}
        if isinstance(held, dict)
        else held
    )


def _listed(key: str, held: Any, currency: str, depth: int) -> Iterator[Part]:
    """An article of an order, a section of a list, a line to choose in it."""
    if not isinstance(held, dict):
        yield from said("section" if key == "sections" else "row" if key == "rows" else "item", _scalar(held))
    elif key == "sections":
        yield from said("section", _scalar(held.get("title")))
        yield from _walk({k: v for k, v in held.items() if k != "title"}, "small", depth)
    elif key == "rows":
        titles = filter(None, (_scalar(held.get(k)) for k in ("header", "title")))
        yield from with_value("row", " ".join(titles), _scalar(held.get("description")))
    else:
        yield from _item(held, currency)


def _text(key: str, value: str, role: str) -> Iterator[Part]:
    if key in LINKS and web_address(value):
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
    quantity = _decimal(item.get("quantity"))
    name = _first(item, ("name", "title"))
    price = item.get("sale_amount") or item.get("amount")
    number = _number(price)
    text = f"{quantity:f} × {name}" if quantity not in (0, 1) else name
    if number:
        yield from amount("item", number, currency, text)
    elif text:
        yield Part("item", text)
    shown = ("name", "title", "quantity", "sale_amount", "amount")
    yield from _walk({key: value for key, value in item.items() if key not in shown}, "small", 1)


def _number(held: Any) -> Decimal:
    """`value` over `offset`, as the amounts of orders are written; or the number itself, as some write it."""
    if not isinstance(held, dict):
        return _decimal(held)
    offset = _decimal(held.get("offset", 1))
    return _decimal(held.get("value")) / offset if offset > 0 else Decimal(0)


def _decimal(value: Any) -> Decimal:
    """0 for what is no number, or none that is paid or counted."""
    try:
        number = Decimal(_scalar(value))
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() and abs(number) < MOST_MONEY else Decimal(0)


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
        return ", ".join(filter(None, map(_answer, value)))
    if isinstance(value, dict):  # within a list: a choice, told with its id
        return _first(value, CHOICES)
    return _NUMBERED.sub("", clean(value)) if isinstance(value, str) else _scalar(value)


def _label(key: str) -> str:
    """ "screen_0_Nombre_completo_1" is what the form's author called "Nombre completo"."""
    found = _FIELD.match(key)
    return " ".join((found.group(2) if found else key).replace("_", " ").split())
