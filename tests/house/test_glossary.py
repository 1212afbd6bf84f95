"""One idea has one word in each language: a term of the English texts is always said with its own word.

Terms are whole words of the English; what stands beside them are the beginnings of theirs, any of which will do.
"""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po

from clarin_web.devices.words import NAMES
from clarin_web.kommo.words import STATES
from clarin_web.local.messages import catalog_path

TERMS = {
    "pipelines?": ("embudo", "funil|funis"),
    "board": ("embudo", "funil"),
    "stages?": ("etapa", "etapa"),
    "tags?": ("etiqueta", "etiqueta"),
    "contacts?": ("contacto", "contato"),
    "devices?": ("dispositivo", "dispositivo"),
    "inbox": ("bandeja", "caixa de entrada"),
    "trash": ("papelera", "lixeira"),
    "chats?": ("chat", "chat"),
    "leads?(?! elsewhere)": ("lead", "lead"),
    "tasks?": ("tarea", "tarefa"),
    "notes?": ("nota", "nota"),
    "owners?": ("responsable", "responsável"),
    "compan(?:y|ies)": ("empresa", "empresa"),
    "passwords?": ("contraseña", "senha"),
    "tokens?": ("token", "token"),
    "administrators?": ("administrador", "administrador"),
    "quiet hours": ("horas de silencio", "horário de silêncio"),
    "disconnect(?:ed)?": ("desconect", "desconect"),
    "unlink(?:ed)?": ("desvinc", "desvinc"),
    "sending is stopped": ("envío está en pausa", "envio está pausado"),
    "whoever runs the server": ("quien administra el servidor", "quem administra o servidor"),
    "tried again by itself": (
        "reintenta",
        "tentamos de novo automaticamente|tentadas de novo automaticamente",
    ),
    "merged?|joined?": ("uni[dóor]|unió", "uni[dãu]"),
    "polls?": ("encuesta", "enquete"),
    "reasons?": ("motivo", "motivo"),
    "linked devices": ("dispositivos? vinculado", "dispositivos? conectado"),
}
# What an idea was called beside its word: each has been in a catalog.
GIVEN_UP = {
    "es": (
        "tablero",
        r"filas?\b(?! de)",
        "operador",
        "opera el servidor",
        "usuario:clave",
        "prueba de nuevo",
    ),
    "pt": ("quadro", r"conversas?\b", "aparelho", "cuida do servidor", "operador", "expirou", "mescl"),
}


def messages(locale: str) -> list[tuple[str, str]]:
    """Each English text with its translation, without placeholders; plural forms are said like the first."""
    with catalog_path(locale).open("rb") as file:
        both = [(one.id, one.string) for one in read_po(file) if one.id]
    texts = [(t[0] if isinstance(t, tuple) else t, s[0] if isinstance(s, tuple) else s) for t, s in both]
    return [(re.sub(r"%\(\w+\)s", "", text), said) for text, said in texts]


@pytest.mark.parametrize(("locale", "at"), [("es", 0), ("pt", 1)])
def test_a_term_has_one_translation(locale, at):
    others = [
        f"{term}: {text} → {said}"
        for term, words in TERMS.items()
        for text, said in messages(locale)
        if re.search(rf"\b(?:{term})\b", text, re.IGNORECASE)
        and not re.search(words[at], said, re.IGNORECASE)
    ]
    assert others == [], "say it with its word, or call it something else in English too"


@pytest.mark.parametrize("locale", ["es", "pt"])
def test_words_given_up_do_not_come_back(locale):
    back = [
        f"{word}: {said}"
        for word in GIVEN_UP[locale]
        for _text, said in messages(locale)
        if re.search(rf"\b{word}", said, re.IGNORECASE)
    ]
    assert back == []


@pytest.mark.parametrize("locale", ["es", "pt"])
@pytest.mark.parametrize("states", [NAMES, STATES], ids=["numbers", "kommo"])
def test_each_state_has_a_word_of_its_own(locale, states):
    said = dict(messages(locale))
    words = [said[name] for name, _color in states.values()]
    assert len(set(words)) == len(words)
