"""WhatsApp's text marks -> safe HTML. The only place where a customer's words become Markup.

Allow-list output: strong, em, s, code, pre, br, span.quote and a. Every piece of input is escaped; the one
attribute that comes from input is an http, https or mailto address. Linear in the
length of the text, whatever it holds.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from clarin_web.lib.links import find_links
from clarin_web.lib.text import levelled

MAX_LENGTH = 65_536
PREVIEW_LENGTH = 120
_MARKS = {"*": "strong", "_": "em", "~": "s"}
_MARKED = re.compile(r"[*_~`]|^> ", re.M)
_PLAIN = re.compile(r"[^*_~`]+")
_DROPPED = dict.fromkeys(
    [
        *range(9),
        0x0B,
        0x0C,
        *range(0x0E, 0x20),
        *range(0x7F, 0xA0),
        0x061C,
        0x200E,
        0x200F,
        *range(0x2028, 0x202F),
        *range(0x2066, 0x206A),
        *range(0xD800, 0xE000),
        0xFEFF,
    ]
)


def wa_html(text: str | None) -> Markup:
    """The message body as it is shown: *bold*, _italic_, ~struck~, `code`, ```blocks```, > quotes and links."""
    parts = _tidy(text or "").split("```")
    pieces: list[str] = []
    for index, part in enumerate(parts):
        fenced = index % 2 == 1
        if fenced and index < len(parts) - 1 and part.strip():
            pieces.append(f"<pre><code>{escape(part.strip(chr(10)))}</code></pre>")
        else:
            pieces.append(_lines(f"```{part}" if fenced else part))
            if fenced and index < len(parts) - 1:
                pieces.append("```")
    return Markup("".join(pieces))  # noqa: S704 - built above from escaped pieces only


def wa_preview(text: str | None, limit: int = PREVIEW_LENGTH) -> str:
    """One plain line for lists and quotes, without the marks. Not HTML: templates escape it."""
    beginning = (text or "")[: limit * 8]
    line = " ".join((_unmarked(beginning) if _MARKED.search(beginning) else _tidy(beginning)).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _unmarked(text: str) -> str:
    html = re.sub("<br>|</?pre>", " ", wa_html(text))
    return Markup(html).striptags()  # noqa: S704 - what wa_html built


def _tidy(text: str) -> str:
    text = text[:MAX_LENGTH].replace("\r\n", "\n").replace("\r", "\n").translate(_DROPPED)
    return levelled(text)


def _lines(text: str) -> str:
    shown = []
    for line in text.split("\n"):
        if line.startswith("> "):
            shown.append(f'<span class="quote">{_inline(line[2:])}</span>')
        else:
            shown.append(_inline(line))
    return "<br>".join(shown)


def _inline(line: str) -> str:
    """One line's marks. A mark opens before a word and closes after one; an unclosed mark stays a character."""
    out: list[str] = []
    opened: dict[str, int] = {}  # mark -> its place in `out`; insertion order is nesting order
    last_tick = line.rfind("`")
    i, end = 0, len(line)
    links = find_links(line)[::-1]
    while i < end:
        char = line[i]
        while links and links[-1].start < i:  # inside `code`
            links.pop()
        if char == "`" and i < last_tick and (close := line.find("`", i + 1)) > i + 1:
            out.append(f"<code>{escape(line[i + 1 : close])}</code>")
            i = close + 1
        elif links and links[-1].start == i:
            link = links.pop()
            out.append(_link(line[i : link.end], link.address))
            i = link.end
        elif char in _MARKS:
            _mark(char, line, i, out, opened)
            i += 1
        else:
            plain = _PLAIN.match(line, i, links[-1].start if links else end)
            stop = plain.end() if plain else i + 1
            out.append(str(escape(line[i:stop])))
            i = stop
    return "".join(out)


def _mark(char: str, line: str, i: int, out: list[str], opened: dict[str, int]) -> None:
    place = opened.get(char)
    if (
        place is not None
        and place < len(out) - 1
        and not _is_space(line, i - 1)
        and not _is_word(line, i + 1)
    ):
        for inner in [mark for mark, at in opened.items() if at >= place]:
            del opened[inner]
        out[place] = f"<{_MARKS[char]}>"
        out.append(f"</{_MARKS[char]}>")
        return
    if place is None and not _is_word(line, i - 1) and not _is_space(line, i + 1):
        opened[char] = len(out)
    out.append(char)


def _link(shown: str, address: str) -> str:
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer nofollow ugc">{escape(shown)}</a>'


def _is_word(line: str, i: int) -> bool:
    return 0 <= i < len(line) and line[i].isalnum()


def _is_space(line: str, i: int) -> bool:
    return not 0 <= i < len(line) or line[i].isspace()
