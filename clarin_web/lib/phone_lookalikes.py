"""What stands in a cell beside a phone and has digits too: dates, prices, papers, links, e-mails, extensions.

Each is taken out before phones are looked for, so that none of its digits becomes, or joins, somebody's number.
"""

from __future__ import annotations

import re

CUT = "\x00"  # stands where something was taken out: no phone goes across it
_FLAGS = re.IGNORECASE
_INITIALS = (
    "dni ruc cpf cnpj rg ci cc ce nit rfc curp cuit cuil rut run dui nie nif cif ssn ein itin nss imss pis nis cnh "
    "ine ife cci cbu cep"
)
_WORDS = (
    "c[eé]dula|documento|document|doc|pasaporte|passaporte|passport|pedido|order|orden|ordem|factura|fatura|invoice|boleta"
    "|recibo|receipt|ticket|voucher|gu[ií]a|contrato|contract|c[oó]digo|code|cta|cuenta|conta|account|clabe|iban|imei|placa"
    "|folio|expediente|cliente|zip|postal|id|lead|nacimiento|nascimento|nac|birth|fecha|data|date|precio|pre[cç]o|price|monto"
    "|valor|total|tarjeta|cart[aã]o|card|operaci[oó]n|opera[cç][aã]o|lote|s[eé]rie|serial|tracking|rastreo|rastreio"
    "|seguimiento|p[oó]liza|ap[oó]lice|siniestro|sinistro|matr[ií]cula|registro|inscri[cç][aã]o|renavam|t[ií]tulo|suministro"
    "|afiliado"
)
# Initials are written with dots too: D.N.I., C.C.
_LABELS = "|".join((*(r"\.?".join(word) for word in _INITIALS.split()), _WORDS))
_MONEY = (
    r"(?:[$€£¢]|\b(?:s/\.?|rs|r\$|us\$|usd|pen|brl|mxn|cop|ars|eur|soles|reais|pesos|d[oó]lares)(?![a-z]))"
)
_AMOUNT = r"\d[\d.,]{0,20}"
_SMALL = r"\d[\d.,]{0,6}"  # between two numbers a currency belongs to the one that can be no phone
_CHAT_LINK = re.compile(
    r"(?:https?://)?(?:www\.)?(?:wa\.me|(?:api|web|chat)?\.?whatsapp\.com/send)/?\S*?(?<=[/=])\+?(\d{7,15})\S*"
    r"|(?:whatsapp|tel|sms)://?\S*?\+?(\d{7,15})\S*|\b(\d{7,15})@(?:s\.whatsapp\.net|c\.us)\b",
    _FLAGS,
)
_LINKS = re.compile(
    r"\S+://\S*|\bwww\.\S*|[^\s,;|/]+@[^\s,;|/]+|@\w+|\b[\w-]+\.(?:com|net|org|me|pe|br|mx)/\S*", _FLAGS
)
_EXTENSION = re.compile(
    r"(?<=\d)[\s,;.()-]*\b(?:ext|extn?|extension|extensi[oó]n|extens[aã]o|anexo|anx|ramal|int|interno|opci[oó]n)\b"
    r"\.?\s*:?\s*(?:n[º°o]\.?\s*)?\d{1,6}\b\)?|(?<=\d)\s?#\s?\d{1,5}\b(?!\d)|(?<=\d)\s?x\s?\d{1,5}\b",
    _FLAGS,
)
_SHAPES = re.compile(
    rf"\b(?:{_LABELS})\b[\s.:#=nNº°-]{{0,5}}\d[\d.,/-]{{0,30}}"
    rf"|\b{_SMALL}\s*{_MONEY}|{_MONEY}\s*{_AMOUNT}|\b{_AMOUNT}\s*{_MONEY}(?!\s*\d)"
    r"|(?<![\d+])(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|1[0-2])\1(?:(?:19|20)\d\d|\d\d)(?![-/.]?\d)"
    r"|(?<![\d+])(?:19|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\2(?:0?[1-9]|[12]\d|3[01])(?!\d)"
    r"|(?<!\d)\d{1,2}:\d\d(?::\d\d)?(?!\d)"
    r"|(?<!\d)\d{3}\.\d{3}\.\d{3}-\d\d(?!\d)|(?<!\d)\d{2}\.?\d{3}\.?\d{3}/\d{4}-?\d\d(?!\d)"
    r"|(?<![\d+])\d\d-\d{8}-\d(?!\d)|(?<!\d)\d{1,2}\.\d{3}\.\d{3}-[\dk](?![\w-])",
    _FLAGS,
)
_WEIGHTS = {"BR": (10, 9, 8, 7, 6, 5, 4, 3, 2), "PE": (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)}
_WEIGHTS["AR"] = _WEIGHTS["PE"]


def take_out(text: str) -> str:
    """`text` with the numbers of chat links as "+digits" and CUT in place of what only looks like a phone."""
    text = _CHAT_LINK.sub(lambda found: f" +{found[1] or found[2] or found[3]} ", text)
    for pattern in (_LINKS, _EXTENSION, _SHAPES):
        text = pattern.sub(CUT, text)
    return text


def is_lookalike(text: str) -> bool:
    """Whether all of `text` is a date, a price, a paper or the like."""
    return not take_out(text).strip(CUT + " .,;:-/()")


def is_tax_number(digits: str, country: str) -> bool:
    """Whether eleven bare digits are a taxpayer's number of the country (CPF, RUC, CUIT) by their check digit."""
    weights = _WEIGHTS.get(country)
    if weights is None or len(digits) != 11:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))
    check = (11 - total % 11) % 11
    wanted = 0 if check >= 10 and country == "BR" else check % 10
    return int(digits[len(weights)]) == wanted
