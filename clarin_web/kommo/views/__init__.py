"""The Kommo pages: one blueprint, a module per thing that is shown or done."""

from clarin_web.kommo.views import connecting, importing, truth  # noqa: F401 -- their routes join the blueprint
from clarin_web.kommo.views.page import blueprint

__all__ = ["blueprint"]
