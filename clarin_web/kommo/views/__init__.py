"""The Kommo pages: one blueprint, a module per thing that is shown or done."""

from clarin_web.kommo.views import (  # noqa: F401 -- they join it
    connecting,
    drift,
    fields,
    importing,
    notes,
    oddities,
    progress,
    truth,
    work,
)
from clarin_web.kommo.views.page import blueprint

__all__ = ["blueprint"]
