"""Named parts of a page as `<hx-partial>` elements: the vocabulary of htmx answers and live pushes alike."""

from __future__ import annotations

from flask import current_app, has_request_context, render_template
from markupsafe import Markup, escape

from clarin_web.config import settings

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
    return WRAP.format(target=target, swap=swap, html=Markup(_render(template, context)))  # noqa: S704


def _render(template: str, context: dict[str, object]) -> str:
    """Inside a request as any answer; in a worker, where nobody is looking, under a request of its own.

    There no context processor runs, so a pushed partial that mentions its viewer fails at once.
    """
    if has_request_context():
        return render_template(template, **context)
    with current_app.test_request_context(base_url=settings().origin or None):
        return current_app.jinja_env.get_template(template).render(**context)
