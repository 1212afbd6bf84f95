"""A socket that is open when rights change: a closed session ends it at once, a smaller view is heard no more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from simple_websocket import Client, ConnectionClosed
from sqlalchemy import update

from clarin_web.accounts.access import cookie_name
from clarin_web.accounts.actions import enter_account, set_password
from clarin_web.accounts.queries import sessions_of
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.live.publish import poke, recheck
from clarin_web.models import Account, Membership
from tests.chats.conftest import link, message
from tests.support.world import as_owner

PATIENCE = 20


class Tab:
    """A page's socket, from outside."""

    def __init__(self, server: str, person, *topics: str) -> None:
        headers = {
            "Cookie": f"{cookie_name()}={person.cookie}",
            "Origin": server.rpartition(":")[0],
        }  # this client leaves the port out of Host
        self.wire = Client(server.replace("http", "ws") + "/live", headers=headers)
        self.wire.send(json.dumps({"op": "sub", "topics": list(topics), "n": 1}))

    def hear(self, *ops: str) -> dict:
        """The next message of these kinds, or how the socket was closed."""
        for _ in range(20):  # heartbeats come too, for ever
            try:
                data = self.wire.receive(timeout=PATIENCE)
            except ConnectionClosed as closed:
                return {"op": "closed", "code": closed.reason}
            assert data is not None, f"no {ops} within {PATIENCE} s"
            if (said := json.loads(data))["op"] in ops:
                return said
        raise AssertionError(f"something else all the time, never {ops}")


@pytest.fixture
def tab(server) -> Iterator[Callable[..., Tab]]:
    made: list[Tab] = []

    def open_(person, *topics: str) -> Tab:
        """Subscribed for sure: the server says so."""
        made.append(Tab(server, person, *topics, "home"))
        assert made[-1].hear("sub") == {"op": "sub", "n": 1}
        return made[-1]

    yield open_
    for one in made:
        if one.wire.connected:
            one.wire.close()


def session_of(person) -> int:
    with tenant(person.account_id, person.user_id):
        found = sessions_of(person.user_id)[0].id
    release()
    return int(found)


def test_a_closed_session_ends_its_sockets_at_once(tab, ana, bruno):
    mine, theirs = tab(ana), tab(bruno)

    assert ana.post(f"/settings/sessions/{session_of(ana)}/revocation").status == 303

    assert mine.hear("end") == {"op": "closed", "code": 4401}
    poke(bruno.account_id, "home")
    assert theirs.hear("poke")["topics"] == ["home"]


def test_signing_out_a_new_password_and_another_account_end_them_too(tab, app, ana, bruno, marta, carla):
    pages = [tab(ana), tab(bruno), tab(marta)]

    ana.post("/logout")
    set_password(f"bruno@account-{bruno.account_id}.test", "another long password")
    as_owner(
        "INSERT INTO membership (account_id, user_id, role) VALUES (:account, :user, 'agent')",
        account=carla.account_id,
        user=marta.user_id,
    )
    with tenant(marta.account_id, marta.user_id):
        enter_account(session_of(marta), marta.user_id, carla.account_id)
    release()

    assert [page.hear("end") for page in pages] == [{"op": "closed", "code": 4401}] * 3


def test_who_may_see_less_hears_less_and_asks_again(tab, app, ana, bruno):
    with app.app_context():
        phone = link(ana.account_id)
        phone.hear(message("Hola"))
        chat = f"chat:{phone.chat.id}"
    mine, theirs = tab(ana, chat), tab(bruno, chat)

    with tenant(ana.account_id), transaction():
        execute(update(Account).where(Account.id == ana.account_id).values(agent_scope="own"))
    release()
    recheck(ana.account_id, None)

    assert theirs.hear("resync")
    poke(ana.account_id, chat)
    poke(ana.account_id, "home")
    assert mine.hear("poke")["topics"] == [chat]
    assert theirs.hear("poke")["topics"] == ["home"], "the chat is not his any more"


def test_a_changed_role_makes_the_page_ask_again_and_nobody_elses(tab, ana, bruno):
    mine, theirs = tab(ana), tab(bruno)

    with tenant(ana.account_id), transaction():
        role = update(Membership).where(Membership.user_id == bruno.user_id).values(role="viewer")
        execute(role)
    release()
    recheck(ana.account_id, bruno.user_id)

    assert theirs.hear("resync")
    poke(ana.account_id, "home")
    assert mine.hear("poke", "resync")["op"] == "poke", "Ana's rights are what they were"
