"""Readers of what is sold and paid for: products, catalogs, orders, invoices, payments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clarin_web.devices.gateway import MessageKind
from clarin_web.devices.message_parts import Part
from clarin_web.devices.neonize_gateway import protos
from clarin_web.devices.neonize_gateway.content_parts import (
    Reading,
    clean,
    joined,
    moment,
    money,
    said,
    thousandths,
    with_value,
)

_ORDERS = {2: "order_accepted", 3: "order_declined"}


def named(code: str, text: str | bytes = "", parts: tuple[Part, ...] = (), **more: Any) -> Reading:
    """What has a name of its own on a phone (an order, a payment), with the words somebody wrote."""
    return Reading(MessageKind.UNKNOWN, clean(text), {"named": code, **more}, parts)


def product(part: Any) -> Reading:
    image = part.product.productImage if part.product.productImage.mediaKey else part.catalog.catalogImage
    code = "product" if part.HasField("product") else "catalog"
    return pictured(named(code, part.body, joined(product_parts(part), said("small", part.footer))), image)


def product_parts(part: Any) -> Iterator[Part]:
    """As a catalog prints it: name, price (the old one where it is on offer), what it is, where it is."""
    held, catalog = part.product, part.catalog
    yield from said("title", held.title, catalog.title)
    yield from thousandths("price", held.priceAmount1000, held.currencyCode)
    yield from thousandths("sale_price", held.salePriceAmount1000, held.currencyCode)
    yield from said("text", held.description, catalog.description)
    yield from with_value("link", "", held.URL or held.signedURL)


def order(part: Any) -> Reading:
    parts = joined(
        said("title", part.orderTitle),
        [Part("count", "", str(part.itemCount))] if part.itemCount else (),
        thousandths("total", part.totalAmount1000, part.totalCurrencyCode),
    )
    return named(_ORDERS.get(part.status, "order"), part.message, parts)


def invoice(part: Any) -> Reading:
    """With its paper, or the picture of it, as the message's file."""
    reading = named("invoice", part.note)
    if not part.attachmentMediaKey:
        return reading
    contents = protos.load()[1]
    is_paper = part.attachmentType == contents.InvoiceMessage.PDF
    kind, name = (
        (MessageKind.DOCUMENT, "documentMessage") if is_paper else (MessageKind.IMAGE, "imageMessage")
    )
    file = getattr(contents.Message(), name)
    for field in ("directPath", "mediaKey", "fileSHA256", "fileEncSHA256", "mimetype"):
        setattr(file, field, getattr(part, f"attachment{field[0].upper()}{field[1:]}"))
    return reading._replace(kind=kind, media=(name, file))


def payment_reminder(part: Any) -> Reading:
    return named("payment_reminder", part.description, tuple(money("amount", part.amount)))


def split_payment(part: Any) -> Reading:
    return named("split_payment", part.description, tuple(money("total", part.totalAmount)))


def payment_parts(part: Any) -> Iterator[Part]:
    """Of a payment sent, none; of one asked for, how much and until when."""
    if "amount" not in part.DESCRIPTOR.fields_by_name:
        return
    if part.HasField("amount"):
        yield from money("amount", part.amount)
    else:
        yield from thousandths("amount", part.amount1000, part.currencyCodeIso4217)
    yield from moment("expires", part.expiryTimestamp)


def pictured(reading: Reading, image: Any) -> Reading:
    """A product's photo makes its message a picture."""
    return (
        reading._replace(kind=MessageKind.IMAGE, media=("imageMessage", image)) if image.mediaKey else reading
    )
