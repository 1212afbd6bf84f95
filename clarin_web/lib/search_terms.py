"""A typed or pasted search as terms that must all be found: names by any of their words, phones however written.

A term is every form of one thing, any of which will do: a phone with and without what its country puts in between
(Brazil's ninth digit, Mexico's 1, Argentina's 9, a trunk 0, 00), or a word.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from clarin_web.lib.phone_forms import forms_of, forms_typed
from clarin_web.lib.phone_numbers import EXTENSION, NotAPhone, parse_phone, plain
from clarin_web.lib.phones import parse_phones
from clarin_web.lib.text import MAX_QUERY, search_key

Term = tuple[str, ...]
MAX_TERMS = 8
FEW_DIGITS = 4  # fewer, and without its zeros a number is in half of all rows
_PUNCTUATION = "+-()[]./"
_PHONE_LIKE = re.compile(r"[\d+\-()\[\]./]+")
_LINK = re.compile(
    r"(?i)(?:https?://)?(?:www\.)?(?:wa\.me/(?:c/)?|(?:[a-z]+\.)?whatsapp\.com/(?:send/?)?\?(?:[^\s&]*&)*?phone="
    r"|(?:tel|sms|callto|whatsapp):(?://)?(?:send/?\?phone=)?)(?:%20|%2B|\+|\s)*(?=[\d(])"
)
_AFTER_LINK = re.compile(r"(?<=\d)/?[?&#]\S*")
_WHATSAPP_ID = re.compile(r"(?<=\d)(?::\d+)?@(?:s\.whatsapp\.net|c\.us)\b")
_AROUND = re.compile(r"""[,;*"“”„«»~|#]+|(?<!\S)[:_'!?¿¡]+|[:_'!?]+(?!\S)""")
_CARRIER = re.compile(r"(?i)(?<=\b0)\(?xx\)?(?=\d\d\)?[\s-]*\d{4})")  # 0xx11: Brazil, by any carrier
_LABEL = re.compile(
    r"(?i)(?<![^\W\d_])(?:tel[eé]fono|telefone|telf?|cel(?:ular)?|m[oó]vil|movel|fone|phone|whats?app|wsp|wa"
    r"|n[uú]mero|n[uú]m|nro|n[°º])"
    r"\s*[.:]?\s*(?=[+(]*\d(?:[\s().\-]*\d){6})"
)


def read_terms(query: str, country: str) -> list[Term]:
    """What a row must contain, each in one of its forms. `country` (ISO) is where local numbers are dialled."""
    terms: dict[Term, None] = {}
    for is_number, text in _runs(_unwrapped(query)):
        for term in _number(text, country) if is_number else [_word(text)]:
            terms.setdefault(term)
    return [term for term in terms if term[0]][:MAX_TERMS]


def phones_in(query: str, country: str) -> list[str]:
    """The whole phones of a search as E.164, each in every form WhatsApp may know it by."""
    found, _refused = parse_phones(_unwrapped(query), country)
    return [f"+{form}" for phone in found for form in forms_of(phone.e164[1:])]


def _unwrapped(query: str) -> str:
    """Without what links, labels and WhatsApp put around a number."""
    text = query[:MAX_QUERY]
    if _LINK.search(text):
        text = unquote(_AFTER_LINK.sub(" ", _LINK.sub(" +", text)))
    bare = _AROUND.sub(" ", _CARRIER.sub("", _WHATSAPP_ID.sub(" ", text)))
    return EXTENSION.sub("", _LABEL.sub(" ", bare)) if bare.strip() else text


def _word(text: str) -> Term:
    """O'Higgins is found as O’Higgins too: a phone's keyboard writes the second."""
    key = search_key(text)
    return tuple(dict.fromkeys([key, *(key.translate({ord(one): other}) for one, other in ("'’", "’'"))]))


def _runs(text: str) -> list[tuple[bool, str]]:
    """Words, and numbers with all that belongs to them; strokes between words say nothing."""
    runs: list[tuple[bool, str]] = []
    for word in text.split():
        is_number = bool(_PHONE_LIKE.fullmatch(plain(word)))
        if is_number and runs and runs[-1][0]:
            runs[-1] = True, f"{runs[-1][1]} {word}"
        else:
            runs.append((is_number, word))
    meant = [run for run in runs if not run[0] or any(map(str.isdigit, run[1]))]
    return meant or [(False, word) for _, word in runs]


def _number(text: str, country: str) -> list[Term]:
    """One number as one term, several phones as one each."""
    if whole := _phone(text, country):
        return [_forms(text, whole, country)]
    inside = [phone.e164[1:] for phone in parse_phones(text, country)[0]]
    if len(inside) > 1:
        return [_forms(digits, digits, country) for digits in inside]
    return [_forms(text, "", country, *inside)]


def _forms(text: str, whole: str, country: str, *others: str) -> Term:
    """Shortest first; one that has another inside finds nothing more."""
    digits = "".join(char for char in plain(text) if char.isdigit())
    bare = digits.lstrip("0")
    forms = {digits, *(forms_of(whole) if whole else ()), *others}
    if len(bare) >= FEW_DIGITS:
        forms |= {bare, *forms_typed(bare, country, is_local=not whole)}
    if not whole:
        forms.add(search_key(text.strip(_PUNCTUATION + " ")) or digits)
    kept: list[str] = []
    for form in sorted(forms, key=lambda form: (len(form), form)):
        if not any(part in form for part in kept):
            kept.append(form)
    return tuple(kept)


def _phone(text: str, country: str) -> str:
    """The digits of the phone that all of `text` is, read here or, with its country's code, abroad."""
    bare = "".join(char for char in plain(text) if char.isdigit()).lstrip("0")
    for written in (text, f"+{bare}" if len(bare) > 9 else ""):
        try:
            return parse_phone(written, country).e164[1:]
        except NotAPhone:
            continue
    return ""
