"""The Kommo pages: one blueprint, a module per thing that is shown or done."""

from clarin_web.kommo.views import connecting, drift, importing, progress, truth  # noqa: F401 -- they join it
from clarin_web.kommo.views.page import blueprint

__all__ = ["blueprint"]
