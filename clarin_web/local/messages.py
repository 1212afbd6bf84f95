"""Every message of the product, and the catalogs of its languages: `python -m clarin_web.local.messages`.

Running it adds what the code newly says to translations/*.po (untranslated), keeps what was translated and drops
what nobody says any more. No line numbers and no dates: a catalog changes only when words change.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from clarin_web.web.i18n import DIRECTORY, LOCALES

ROOT = Path(__file__).resolve().parents[2]
CODE, TEMPLATES = ROOT / "clarin_web", ROOT / "templates"
SOURCE = "en"
KEYWORDS: dict[str, Any] = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}
# As web.templating configures Jinja; "silent" off, so that a template nobody can read stops the extraction.
JINJA = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
HEADER = (
    'msgid ""\nmsgstr ""\n"Language: {locale}\\n"\n"MIME-Version: 1.0\\n"\n'
    '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)

# A message is its text, or (singular, plural).
Key = str | tuple[str, str]


def languages() -> list[str]:
    """The languages that need a catalog: all but the one the code is written in."""
    return [locale for locale in LOCALES if locale != SOURCE]


def catalog_path(locale: str) -> Path:
    return DIRECTORY / f"{locale}.po"


def extract() -> dict[Key, list[str]]:
    """Every message of code and templates, with the files that say it."""
    found: dict[Key, set[str]] = {}
    for path, message in _spoken():
        found.setdefault(message, set()).add(str(path.relative_to(ROOT)))
    return {message: sorted(found[message]) for message in sorted(found, key=_first)}


def _spoken() -> Iterator[tuple[Path, Key]]:
    for path in sorted(CODE.rglob("*.py")):
        yield from ((path, message) for message in _messages(_from_python, path))
    for path in sorted(TEMPLATES.rglob("*.html")):
        yield from ((path, message) for message in _messages(_from_template, path))


def _messages(method: Any, path: Path) -> Iterator[Key]:
    for _line, message, *_rest in extract_from_file(method, path, keywords=KEYWORDS, options=JINJA):
        if message:
            yield message if isinstance(message, str) else (message[0], message[1])


def _from_python(file: BinaryIO, keywords: Any, tags: Any, options: Any) -> Iterator[Any]:
    """By syntax tree: babel's own tokenizer takes the key of `_(NAMES["key"])` for a message."""
    for call in ast.walk(ast.parse(file.read())):
        if not isinstance(call, ast.Call):
            continue
        name = getattr(call.func, "id", None)
        words = tuple(arg.value if _is_text(arg) else None for arg in call.args[:2])  # type: ignore[attr-defined]
        if name in KEYWORDS and words and words[0]:
            yield call.lineno, name, words if name == "ngettext" else words[0], []


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _from_template(file: BinaryIO, keywords: Any, tags: Any, options: Any) -> Iterator[Any]:
    return babel_extract(file, list(KEYWORDS), tags, options)


def _first(message: Key) -> str:
    return message if isinstance(message, str) else message[0]


def read(locale: str) -> Catalog:
    """The catalog of a language as it is on disk; empty when there is none."""
    path = catalog_path(locale)
    if not path.exists():
        return Catalog(locale=locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def refreshed(locale: str, messages: list[Key]) -> Catalog:
    """Exactly `messages`, each with the translation it had; one that changed its number of forms starts anew."""
    before, after = read(locale), Catalog(locale=locale)
    for message in messages:
        old = before.get(_first(message))
        kept = old.string if old and old.pluralizable == isinstance(message, tuple) else None
        after.add(message, kept, flags=())
    return after


def write(locale: str, catalog: Catalog) -> None:
    with catalog_path(locale).open("wb") as file:
        file.write(HEADER.format(locale=locale).encode())
        write_po(file, catalog, width=108, omit_header=True, no_location=True, sort_output=True)


def is_translated(message: Message) -> bool:
    """Whether every form has words."""
    forms = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return bool(forms) and all(forms)


def main() -> None:
    """Refresh every catalog and say how much is left to translate."""
    messages = list(extract())
    DIRECTORY.mkdir(exist_ok=True)
    for locale in languages():
        catalog = refreshed(locale, messages)
        write(locale, catalog)
        missing = sum(1 for message in catalog if message.id and not is_translated(message))
        print(f"{catalog_path(locale).relative_to(ROOT)}: {len(messages)} messages, {missing} to translate")


if __name__ == "__main__":
    main()
