"""What companies send with buttons, payments and forms, whose words travel as JSON: read with everything a phone prints."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .test_neonize_mapping import M, e, one

PIX = {
    "currency": "BRL",
    "total_amount": {"value": 0, "offset": 100},
    "reference_id": "4QK",
    "type": "physical-goods",
    "payment_settings": [
        {
            "type": "pix_static_code",
            "pix_static_code": {"merchant_name": "Rosa Paz", "key": "rosa@example.com", "key_type": "EMAIL"},
        },
        {"type": "cards", "cards": {"enabled": False}},
    ],
    "additional_note": "aluguel de maio",
}
TO_PAY = {
    "currency": "PEN",
    "reference_id": "P-2041",
    "total_amount": {"value": 21000, "offset": 100},
    "order": {
        "status": "pending",
        "items": [{
            "retailer_id": "x1", "name": "Silla roja", "amount": {"value": 10000, "offset": 100},
            "sale_amount": {"value": 9000, "offset": 100}, "quantity": 2,
        }],
        "tax": {"value": 1000, "offset": 100, "description": "IGV 18 %"},
        "discount": {"value": 500, "offset": 100, "discount_program_name": "Clientes fieles"},
        "delivery_fee": {"value": 1500, "offset": 100},
    },
    "payment_settings": [{"type": "payment_link", "payment_link": {"uri": "https://pay.example/x"}}],
}  # fmt: skip
PLANS = {
    "title": "Ver planes",
    "sections": [
        {"title": "Mensual", "rows": [{"id": "p1", "title": "Básico", "description": "10 usuarios"}]}
    ],
}


@pytest.mark.parametrize(
    ("flow", "held", "named", "parts"),
    [
        ("payment_info", PIX, "payment_details",
         [("row", "Rosa Paz", ""), ("code", "", "rosa@example.com"), ("small", "aluguel de maio", "")]),
        ("review_and_pay", TO_PAY, "payment_request",
         [("reference", "P-2041", ""), ("total", "", "210 PEN"), ("item", "2 × Silla roja", "90 PEN"), ("tax", "IGV 18 %", "10 PEN"),
          ("discount", "", "5 PEN"), ("small", "Clientes fieles", ""), ("shipping", "", "15 PEN"), ("link", "", "https://pay.example/x")]),
        ("single_select", PLANS, None,
         [("section", "Mensual", ""), ("row", "Básico", "10 usuarios"), ("button", "Ver planes", "")]),
        ("cta_call", {"display_text": "Llamar", "phone_number": "+51999888777"}, None,
         [("call", "Llamar", "+51999888777")]),
        ("quick_reply", {"display_text": "Sí, quiero", "id": "q1"}, None, [("button", "Sí, quiero", "")]),
        ("galaxy_message", {"flow_id": "1", "flow_cta": "Reservar", "flow_token": "t", "mode": "published"}, "form",
         [("button", "Reservar", "")]),
        ("limited_time_offer", {"limited_time_offer": {"text": "Solo hoy", "copy_code": "OFF"}}, None,
         [("small", "Solo hoy", ""), ("code", "", "OFF")]),
        ("of the future", {"note": "Palabras", "session_id": "123", "deep": [[{"text": "más"}]]}, None,
         [("small", "Palabras", ""), ("small", "más", "")]),
    ],
)  # fmt: skip
def test_buttons_show_what_a_phone_prints_of_their_json(
    flow: str, held: Any, named: str | None, parts: list[Any]
) -> None:
    content = M()
    button = content.interactiveMessage.nativeFlowMessage.buttons.add()
    button.name, button.buttonParamsJSON = flow, json.dumps(held)
    row = one(content)
    assert (row.kind, row.details.get("named"), [tuple(part) for part in row.parts]) == ("text", named, parts)


@pytest.mark.parametrize(
    ("flow", "held", "named", "parts"),
    [
        ("flow", {"screen_0_Nombre_completo_0": "Ana Paz", "screen_0_Interes_1": ["0_Cursos", "1_Viajes"],
                  "acepto": True, "flow_token": "t", "wa_flow_response_params": {"title": "Reserva", "flow_id": "1"}},
         "form_answer",
         [("field", "Ana Paz", "Nombre completo"), ("field", "Cursos, Viajes", "Interes"), ("field", "✓", "acepto"),
          ("text", "Reserva", "")]),
        ("menu_options", {"id": "opt_1", "title": "Plan anual", "description": "Sale en marzo"}, None,
         [("text", "Plan anual", ""), ("text", "Sale en marzo", "")]),
        ("flow", {"response_json": json.dumps({"edad": 30})}, "form_answer", [("field", "30", "edad")]),
    ],
)  # fmt: skip
def test_the_answer_to_a_form_is_read_field_by_field(
    flow: str, held: Any, named: str | None, parts: list[Any]
) -> None:
    content = M()
    answer = content.interactiveResponseMessage.nativeFlowResponseMessage
    answer.name, answer.paramsJSON = flow, json.dumps(held)
    row = one(content)
    assert (row.details.get("named"), [tuple(part) for part in row.parts]) == (named, parts)


@pytest.mark.parametrize(
    ("held", "parts"),
    [
        ({"currency": "pen", "total_amount": {"value": "21000", "offset": "100"}}, [("total", "", "210 PEN")]),
        ({"currency": "PEN", "total_amount": 210, "amount": "12.50"}, [("total", "", "210 PEN"), ("amount", "", "12.5 PEN")]),
        ({"currency": {"x": 1}, "total_amount": {"value": 500, "offset": 100}}, [("total", "", "5")]),
        ({"currency": "<b>x</b> y", "total_amount": {"value": 500, "offset": 100}}, [("total", "", "5")]),
        ({"total_amount": {"value": True, "offset": True}, "note": "hoy"}, [("small", "hoy", "")]),
        ({"total_amount": {"value": 10**400, "offset": 1}, "note": "hoy"}, [("small", "hoy", "")]),
        ({"total_amount": {"value": float("nan"), "offset": 0}, "note": "hoy"}, [("small", "hoy", "")]),
        ({"items": [{"name": "Silla", "quantity": "3"}, {"name": "Queso", "quantity": 1.5}, "Mesa", None]},
         [("item", "3 × Silla", ""), ("item", "1.5 × Queso", ""), ("item", "Mesa", "")]),
        ({"sections": ["Ropa", {"rows": ["Rojo", {"title": 5}]}]},
         [("section", "Ropa", ""), ("row", "Rojo", ""), ("row", "5", "")]),
        ({"order": {"status": "SHIPPED"}, "payment_status": "captured", "items": [{"name": "Té", "status": "of_ours"}]},
         [("state", "shipped", ""), ("state", "captured", ""), ("item", "Té", "")]),
        ({"display_text": "Copiar", "copy_code": 123456}, [("code", "Copiar", "123456")]),
        ({"display_text": "Llamar", "phone_number": 51987654321}, [("call", "Llamar", "51987654321")]),
        ({"text": "Solo hoy", "expiration_time": 1_795_190_000_000}, [("small", "Solo hoy", ""), ("expires", "", "1795190000")]),
        ({"flow_cta": "Reservar", "flow_action_payload": {"data": {"step": "choose_plan"}}}, [("button", "Reservar", "")]),
        ({"display_text": "Ver", "business_phone_number": "51999", "domain": "x.example"}, [("button", "Ver", "")]),
    ],
)  # fmt: skip
def test_odd_fields_are_read_as_what_they_are_or_left_out(held: Any, parts: list[Any]) -> None:
    content = M()
    content.interactiveMessage.body.text = "Hola"
    button = content.interactiveMessage.nativeFlowMessage.buttons.add()
    button.name, button.buttonParamsJSON = "review_and_pay", json.dumps(held)
    row = one(content)
    assert (row.text, [tuple(part) for part in row.parts]) == ("Hola", parts)


@pytest.mark.parametrize(
    ("flow", "held", "said"),
    [
        ("call_permission_request", {"response": "accept", "response_source": "user_action"}, ("call_allowed", [])),
        ("call_permission_request", {"response": "reject", "expiration_timestamp": 1}, ("call_refused", [])),
        ("address_message", {"values": {"in_pin_code": "15001", "name": "Ana"}},
         ("address_answer", [("text", "15001", "")])),
        ("flow", {"menu": [{"id": "1", "title": "Pollo"}, "Sopa"], "edad": float("inf")},
         ("form_answer", [("field", "Pollo, Sopa", "menu")])),
    ],
)  # fmt: skip
def test_an_answer_shows_no_field_of_a_program(flow: str, held: Any, said: Any) -> None:
    content = M()
    content.interactiveResponseMessage.body.text = "Ana"
    answer = content.interactiveResponseMessage.nativeFlowResponseMessage
    answer.name, answer.paramsJSON = flow, json.dumps(held)
    row = one(content)
    assert (row.text, row.details["named"], [tuple(part) for part in row.parts]) == ("Ana", *said)


@pytest.mark.parametrize(
    ("until", "currency", "parts"),
    [
        (1_795_190_000, "pen", [("amount", "", "0.5 PEN"), ("expires", "", "1795190000")]),
        (1_795_190_000_000, "S/.", [("amount", "", "0.5"), ("expires", "", "1795190000")]),
        (1, "{'x': 1}", [("amount", "", "0.5")]),
    ],
)
def test_a_payment_asked_for_is_due_on_a_day_there_is_in_a_currency_there_is(
    until: int, currency: str, parts: list[Any]
) -> None:
    asked = e.RequestPaymentMessage(amount1000=500, currencyCodeIso4217=currency, expiryTimestamp=until)
    assert [tuple(part) for part in one(M(requestPaymentMessage=asked)).parts] == parts


@pytest.mark.parametrize(
    "content",
    [
        M(buttonsResponseMessage=e.ButtonsResponseMessage(selectedButtonID="si_quiero")),
        M(templateButtonReplyMessage=e.TemplateButtonReplyMessage(selectedID="si_quiero")),
        M(listResponseMessage=e.ListResponseMessage()),
    ],
)
def test_a_choice_told_by_its_id_alone_is_a_choice(content: Any) -> None:
    assert (one(content).kind, one(content).text, one(content).details) == (
        "unknown",
        "",
        {"named": "choice"},
    )


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 5_000, "null", '{"display_text": 7}', '{"a": ' * 40 + "1" + "}" * 40]
)
def test_json_that_is_none_is_named_and_stops_nothing(text: str) -> None:
    content = M()
    content.interactiveMessage.nativeFlowMessage.buttons.add(name="cta_url", buttonParamsJSON=text)
    assert (one(content).kind, one(content).details) == ("unknown", {"named": "business"})


def test_an_order_says_how_much_of_what_and_its_note() -> None:
    order = e.OrderMessage(
        orderTitle="Pedido",
        message="para hoy",
        itemCount=3,
        totalAmount1000=12_500,
        totalCurrencyCode="PEN",
        status=2,
    )
    row = one(M(orderMessage=order))
    assert (row.text, row.details["named"]) == ("para hoy", "order_accepted")
    assert [tuple(part) for part in row.parts] == [
        ("title", "Pedido", ""),
        ("count", "", "3"),
        ("total", "", "12.5 PEN"),
    ]


def test_a_picture_at_the_head_makes_it_a_picture_with_a_file() -> None:
    image = e.ImageMessage(mimetype="image/jpeg", mediaKey=b"k" * 32, directPath="/x", width=8, height=6)
    template = e.TemplateMessage.HydratedFourRowTemplate(imageMessage=image, hydratedContentText="Nuevo")
    row = one(M(templateMessage=e.TemplateMessage(hydratedTemplate=template)))
    assert (row.kind, row.text, row.details["width"]) == ("image", "Nuevo", 8)
    assert row.file is not None


@pytest.mark.parametrize(
    ("form", "kind", "mime"), [("PDF", "document", "application/pdf"), ("IMAGE", "image", "image/jpeg")]
)
def test_an_invoice_brings_its_paper_or_picture(form: str, kind: str, mime: str) -> None:
    held = e.InvoiceMessage(
        note="Factura de mayo", attachmentType=form, attachmentMimetype=mime, attachmentMediaKey=b"k" * 32,
        attachmentFileSHA256=b"s" * 32, attachmentFileEncSHA256=b"e" * 32, attachmentDirectPath="/v/t62.7118-24/a.enc",
    )  # fmt: skip
    row = one(M(invoiceMessage=held))
    assert (row.kind, row.text, row.details["named"]) == (kind, "Factura de mayo", "invoice")
    assert row.file
    kept = M.FromString(row.file.ref)
    ((name, part),) = kept.ListFields()
    assert (name.name, row.file.mime) == (f"{kind}Message", mime)
    assert (part.directPath, part.mediaKey, part.fileEncSHA256) == (
        "/v/t62.7118-24/a.enc",
        b"k" * 32,
        b"e" * 32,
    )
    assert one(M(invoiceMessage=e.InvoiceMessage(note="Factura"))).file is None
