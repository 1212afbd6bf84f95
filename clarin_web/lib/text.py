"""Text as Clarin stores, sorts and searches it. Search columns and queries must use the same functions."""

from __future__ import annotations

import re
import unicodedata

MAX_QUERY = 200
_KEEP = "\n\t"
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
MOST_MARKS = 4  # on one letter are more than any script needs; hundreds paint over what is around them
_MARKS = ("Mn", "Me")
_MAYBE_STACKED = re.compile(f"[^\u0000-\u02ff]{{{MOST_MARKS + 1}}}")
# Letters that draw nothing: fillers of Hangul, the empty Braille cell.
_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_INVISIBLE = ("Cc", "Cf", "Cs", "Mn", "Me", "Zl", "Zp", "Zs")
_MOST_KEY = 400  # an index takes no more; only names made for it are longer


def search_key(*parts: str | None) -> str:
    """What the `search` column holds, without accents and capitals: "José  Ñandú" -> "jose nandu"."""
    joined = " ".join(part for part in parts if part)
    if joined.isascii() and joined.isprintable():
        return " ".join(joined.lower().split())
    bare = "".join(ch for ch in unicodedata.normalize("NFKD", joined) if not unicodedata.combining(ch))
    return " ".join(unicodedata.normalize("NFKC", clean_text(bare.casefold())).split())


def name_key(name: str) -> str:
    """Sort and equality key of a name or tag: "Lima" and " LIMA " are one."""
    return search_key(name)[:_MOST_KEY]


def like_pattern(term: str) -> str:
    """`term` anywhere, for LIKE with the default escape: a typed % or _ means itself."""
    escaped = term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def clean_text(text: str, limit: int | None = None, *, one_line: bool = False) -> str:
    """`text` without NUL, control, bidi-override and lone surrogate characters, at most `limit` long.

    PostgreSQL refuses NUL, and a right-to-left override makes one text look like another.
    """
    # What is printable has none of them: almost every text, and fifty times quicker to say.
    kept = text if text.isprintable() else "".join(ch for ch in text.replace("\r\n", "\n") if _is_kept(ch))
    kept = " ".join(kept.split()) if one_line else kept
    return kept if limit is None else kept[:limit]


def levelled(text: str) -> str:
    """`text` without towers of combining marks, in whatever script."""
    if text.isascii() or not _MAYBE_STACKED.search(text):
        return text
    kept, marks = [], 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in _MARKS else 0
        if marks <= MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def can_be_seen(text: str) -> bool:
    """False for what is there and shows nothing: zero-width characters, fillers, marks on no letter."""
    return any(
        char not in _INVISIBLE_LETTERS and unicodedata.category(char) not in _INVISIBLE for char in text
    )


def has_letter(text: str) -> bool:
    """A letter of any script that can be seen."""
    return any(char.isalpha() and char not in _INVISIBLE_LETTERS for char in text)


def _is_kept(ch: str) -> bool:
    return ch in _KEEP or (ch not in _BIDI and unicodedata.category(ch) not in ("Cc", "Cs"))
