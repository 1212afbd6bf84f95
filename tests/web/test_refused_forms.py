"""A form that was refused, or came too late, costs no word: it stays as it is, says why, or is led back to."""

from __future__ import annotations

from urllib.parse import quote, unquote

import pytest

from clarin_web.accounts.actions import close_session
from clarin_web.accounts.queries import sessions_of
from clarin_web.db import release, tenant
from tests.support.cast import Person


@pytest.mark.parametrize(
    ("path", "data", "status", "said"),
    [
        ("/chats/999999/messages", {"body": "hola"}, 404, "not here"),
        ("/chats/999999/notes", {"note": "hola"}, 404, "not here"),
        ("/messages/999999/retry", {}, 404, "not here"),
        ("/leads/999999/notes", {"body": "hola"}, 404, "not here"),
        ("/leads/999999/tags", {"tag": "x" * 1_100_000}, 413, "too big"),
    ],
)
def test_a_form_that_is_refused_stays_and_its_reason_is_said(
    ana: Person, path: str, data: dict[str, str], status: int, said: str
) -> None:
    """Whatever its place was to become: what was typed stays in it."""
    refused = ana.htmx_post(path, data)
    stale = ana.htmx_post(path, data, headers={"X-CSRF-Token": "old"})
    for answer, expected, sentence in ((refused, status, said), (stale, 403, "out of date")):
        assert answer.status == expected
        assert answer.headers["HX-Reswap"] == "none"
        assert sentence in unquote(answer.headers["X-Said"])
    assert "X-Said" not in ana.htmx_get("/leads/999999").headers, "it is shown where it was asked for"


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(ana: Person) -> None:
    """Its words are kept in the browser: they are there again."""
    with tenant(ana.account_id, ana.user_id):
        close_session(sessions_of(ana.user_id)[0].id, ana.user_id)
    release()
    came = {"Referer": "http://localhost/leads/7?status=open"}
    answer = ana.post("/leads/7/notes", {"body": "paga tarde"}, headers=came)
    assert answer.status == 303
    assert answer.location.endswith(f"/login?next={quote('/leads/7?status=open', safe='')}")
