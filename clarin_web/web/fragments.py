"""Named parts of a page as `<hx-partial>` elements: the vocabulary of htmx answers and live pushes alike."""

from __future__ import annotations

from flask import render_template
from markupsafe import Markup, escape

WRAP = Markup('<hx-partial hx-target="{target}" hx-swap="{swap}">{html}</hx-partial>')


def replace(target_id: str, template: str, **context: object) -> Markup:
    """The element `target_id`, whole, as it is now (morphed in place)."""
    return _wrap(f"#{target_id}", "outerMorph", template, context)


def fill(target_id: str, template: str, **context: object) -> Markup:
    """The inside of the element `target_id`."""
    return _wrap(f"#{target_id}", "innerMorph", template, context)


def append(target_id: str, template: str, **context: object) -> Markup:
    """One more child at the end of `target_id`; live.js morphs it instead if it is already there."""
    return _wrap(f"#{target_id}", "beforeend", template, context)


def remove(target_id: str) -> Markup:
    """Take the element `target_id` away."""
    return WRAP.format(target=escape(f"#{target_id}"), swap="delete", html="")


def fragments(*parts: Markup) -> str:
    """Several parts as one answer."""
    return str(Markup("").join(parts))


def _wrap(target: str, swap: str, template: str, context: dict[str, object]) -> Markup:
    # The template's output is escaped already: autoescape is on for every template of the house.
    return WRAP.format(target=target, swap=swap, html=Markup(render_template(template, **context)))  # noqa: S704
