"""Readers of companies' messages with something to press, and of the answers: buttons, lists, cards, forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clarin_web.devices.gateway import MessageKind
from clarin_web.devices.message_parts import Part
from clarin_web.devices.neonize_gateway.commerce import pictured, product_parts
from clarin_web.devices.neonize_gateway.content_parts import (
    HEADER_MEDIA,
    Details,
    Reading,
    clean,
    first_of,
    header_words,
    joined,
    said,
    with_header,
    with_value,
)
from clarin_web.devices.neonize_gateway.native_flow import (
    address_parts,
    answer_parts,
    button_parts,
    is_accepted,
    parameter_parts,
)

MAX_CARDS = 20
# What a phone itself writes on a button or above an answer, by the name of its flow.
_FLOWS = {
    "review_and_pay": "payment_request",
    "payment_info": "payment_details",
    "payment_method": "payment_details",
    "payment_status": "payment_details",
    "pix_static_code": "payment_details",
    "pix_dynamic_code": "payment_details",
    "payment_key_info": "payment_details",
    "payment_reminder": "payment_reminder",
    "review_order": "order",
    "order_details": "order",
    "order_status": "order",
    "send_location": "location_request",
    "address_message": "address_request",
    "galaxy_message": "form",
    "flow": "form",
    "call_permission_request": "call_request",
    "cta_catalog": "catalog",
    "catalog_message": "catalog",
    "mpm": "catalog",
}


def buttons(part: Any) -> Reading:
    """`text` is the title above, `contentText` what is said."""
    parts = joined(
        said("title", part.text),
        header_words(part),
        said("small", part.footerText),
        (one for button in part.buttons for one in _plain_button(button)),
    )
    return with_header(clean(part.contentText), parts, part)


def _plain_button(button: Any) -> Iterator[Part]:
    yield from said("button", button.buttonText.displayText)
    yield from button_parts(button.nativeFlowInfo.name, button.nativeFlowInfo.paramsJSON)


def listed(part: Any) -> Reading:
    rows = (one for section in part.sections for one in _section(section))
    products = (
        one for section in part.productListInfo.productSections for one in said("section", section.title)
    )
    parts = joined(
        said("title", part.title),
        said("small", part.footerText),
        said("button", part.buttonText),
        rows,
        products,
    )
    return Reading(MessageKind.TEXT, clean(part.description), parts=parts)


def _section(section: Any) -> Iterator[Part]:
    yield from said("section", section.title)
    for row in section.rows:
        yield from with_value("row", row.title, row.description)


def interactive(part: Any) -> Reading:
    reading = with_header(clean(part.body.text), joined(_interactive_parts(part)), part.header)
    flows = (_FLOWS.get(button.name, "") for button in part.nativeFlowMessage.buttons)
    shop = part.HasField("shopStorefrontMessage") or part.HasField("collectionMessage")
    if code := next(filter(None, flows), "catalog" if shop else ""):
        reading = reading._replace(details={**reading.details, "named": code})
    return pictured(reading, part.header.productMessage.product.productImage)


def _interactive_parts(part: Any, head: str = "title") -> Iterator[Part]:
    header = part.header
    yield from said(head, header.title)
    yield from said("subtitle", header.subtitle)
    yield from header_words(header)
    if header.HasField("productMessage"):
        yield from product_parts(header.productMessage)
        yield from said("text", header.productMessage.body)
        yield from said("small", header.productMessage.footer)
    yield from said("small", header.bloksWidget.fallback, part.bloksWidget.fallback, part.footer.text)
    if part.footer.HasField("audioMessage"):
        yield Part("media", "", "audio")
    flow = part.nativeFlowMessage
    yield from parameter_parts(flow.messageParamsJSON)
    for button in flow.buttons:
        yield from button_parts(button.name, button.buttonParamsJSON)
    for card in part.carouselMessage.cards[:MAX_CARDS]:
        shown = list(_card(card))
        yield from shown if any(one.text != "·" for one in shown) else ()


def _card(card: Any) -> Iterator[Part]:
    title = next((part for part in _interactive_parts(card, "card") if part.role == "card"), None)
    yield title or Part("card", "·")
    kind = first_of(card.header, HEADER_MEDIA)
    if kind is not None:
        yield Part("media", "", _MEDIA.get(kind[0], "image"))
    yield from said("text", card.body.text)
    yield from (
        part for part in _interactive_parts(card, "card") if part is not title and part.role != "card"
    )


def response(part: Any) -> Reading:
    flow = part.nativeFlowResponseMessage
    if flow.name == "call_permission_request":
        code = "call_allowed" if is_accepted(flow.paramsJSON) else "call_refused"
        return Reading(MessageKind.TEXT, clean(part.body.text), {"named": code})
    if flow.name == "address_message":
        return _address(clean(part.body.text), tuple(address_parts(flow.paramsJSON)))
    parts = tuple(answer_parts(flow.paramsJSON))
    is_form = any(one.role == "field" for one in parts) or not (parts or part.body.text)
    details: Details = {"named": "form_answer" if is_form else ""}
    return Reading(MessageKind.TEXT, clean(part.body.text), details, parts)


def _address(body: str, parts: tuple[Part, ...]) -> Reading:
    """The body mostly says it all already."""
    unsaid = tuple(part for part in parts if part.text not in body)
    return Reading(MessageKind.TEXT, body, {"named": "address_answer"}, unsaid)


def list_response(part: Any) -> Reading:
    """What was chosen, with the line below it."""
    parts = tuple(said("small", part.description)) if part.title else ()
    return chosen(part.title or part.description, parts)


def chosen(text: str | bytes, parts: tuple[Part, ...] = ()) -> Reading:
    """A button or line that was pressed; some phones only tell its id, which says nothing to anybody."""
    details: Details = {} if text else {"named": "choice"}
    return Reading(MessageKind.TEXT if text else MessageKind.UNKNOWN, clean(text), details, parts)


_MEDIA = {"documentMessage": "document", "videoMessage": "video", "locationMessage": "location"}
