"""neonize without the libraries it needs for what we never ask of it: previews of web pages, stickers out of pictures,
QR codes on a terminal, buttons, how numbers are written, fetching its own library: a tenth of what a number weighs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

UNUSED = (
    "linkpreview", "PIL", "magic", "segno", "requests", "tqdm", "httpx", "phonenumbers", "neonize.ext",
    "neonize.ext.interactive_message", "neonize.ext.interactive_message.base",
)  # fmt: skip


class NotLoaded(type):
    """Whatever neonize names of such a library: a class, so that it may stand in annotations; it cannot be used."""

    def __getattr__(cls, name: str) -> Any:
        return _named(f"{cls.__name__}.{name}")

    def __call__(cls, *_: object, **__: object) -> Any:
        raise RuntimeError(f"{cls.__name__} is left out of a number's process: {__name__}")


@contextmanager
def left_out() -> Iterator[None]:
    """While neonize is imported. Afterwards they can be imported again."""
    absent = {name: _Hollow(name) for name in UNUSED if name not in sys.modules}
    sys.modules.update(absent)
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


class _Hollow(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _named(f"{self.__name__}.{name}")


def _named(name: str) -> Any:
    return NotLoaded(name, (), {})
