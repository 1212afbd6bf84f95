"""Views that take files: for them alone a request may be larger than a form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, request

from clarin_web.lib.threads import breathe

FIELDS = 64 * 1024  # what comes beside the file
View = Callable[..., Any]


def takes_files(most: Callable[[], int]) -> Callable[[View], View]:
    """`most` says, in bytes, how large one file may be."""

    def mark(view: View) -> View:
        view.takes_files = most  # type: ignore[attr-defined]
        return view

    return mark


def init_uploads(app: Flask) -> None:
    """Before anything reads the form: the limit counts while it is read."""
    app.before_request(_widen)


def _widen() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    most = getattr(view, "takes_files", None)
    if most is not None:
        request.max_content_length = most() + FIELDS
        request.environ["wsgi.input"] = _Shared(request.environ["wsgi.input"])


class _Shared:
    """A body of many megabytes is taken apart piece by piece: between two of them others get their answers."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def read(self, size: int = -1) -> bytes:
        breathe()
        return bytes(self._body.read(size))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)
