"""The dictionary of WhatsApp's binary XML, read out of neonize's own library: what the client says is in its words.

Run as a program it prints them. The library starts a Go runtime, so it is loaded in a process of its own.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SINGLE, DOUBLE_TABLES = 236, 4
Mapping = tuple[int, bytes]


@cache
def tables() -> tuple[list[str], list[list[str]]]:
    """Words of one byte, and four tables of words of two bytes."""
    answer = subprocess.run([sys.executable, __file__], check=True, capture_output=True, timeout=60)
    single, double = json.loads(answer.stdout)
    return single, double


def library() -> Path:
    spec = importlib.util.find_spec("neonize")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("neonize is not installed")
    return next(Path(spec.submodule_search_locations[0]).glob("neonize-linux-*.so"))


def mappings(permission: str) -> Iterator[Mapping]:
    """Where the library lies in this process's memory, and what is there."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        found = re.match(rf"([0-9a-f]+)-([0-9a-f]+) {permission}.*neonize-linux", line)
        if found:
            start, end = (int(edge, 16) for edge in found.groups())
            yield start, ctypes.string_at(start, end - start)


class Library:
    """Go strings are pairs (address, length) in its data; the text itself lies in read-only memory."""

    def __init__(self) -> None:
        ctypes.CDLL(str(library()))
        self._data = [*mappings("rw-"), *mappings("r--")]
        self._texts = [*mappings("r--"), *mappings("r-x"), *mappings("rw-")]

    def single(self) -> list[str]:
        """The first word is empty, so the table begins one string before the one we know."""
        start = self._table(("xmlstreamstart", "xmlstreamend", "s.whatsapp.net"))
        return ["", *self._strings(start, SINGLE - 1)]

    def double(self) -> list[list[str]]:
        first = self._table(("read-self", "active", "fbns"))
        slices = self._find(struct.pack("<Q", first), self._data)
        for place in slices:
            headers = struct.unpack(f"<{3 * DOUBLE_TABLES}Q", ctypes.string_at(place, 24 * DOUBLE_TABLES))
            if headers[1] == headers[2] and headers[4] == headers[5] and 0 < headers[1] <= 256:
                return [self._strings(headers[n], headers[n + 1]) for n in range(0, len(headers), 3)]
        raise LookupError("the double tables are not in this library")

    def _table(self, words: tuple[str, ...]) -> int:
        for text in self._find(words[0].encode(), self._texts):
            for place in self._find(struct.pack("<QQ", text, len(words[0])), self._data):
                if self._strings(place, len(words)) == list(words):
                    return place
        raise LookupError(f"no table begins with {words[0]}")

    @staticmethod
    def _find(wanted: bytes, where: list[Mapping]) -> Iterator[int]:
        for start, content in where:
            at = content.find(wanted)
            while at >= 0:
                yield start + at
                at = content.find(wanted, at + 1)

    def _strings(self, place: int, count: int) -> list[str]:
        found = []
        for number in range(count):
            address, length = struct.unpack("<QQ", ctypes.string_at(place + 16 * number, 16))
            if length > 200 or (length and not self._readable(address, length)):
                return found
            found.append(ctypes.string_at(address, length).decode(errors="replace") if length else "")
        return found

    def _readable(self, address: int, length: int) -> bool:
        return any(start <= address and address + length <= start + len(text) for start, text in self._texts)


if __name__ == "__main__":
    neonize = Library()
    print(json.dumps([neonize.single(), neonize.double()]))
