"""Webhooks of the simulated Kommo that go wrong: retries, being switched off, bodies nobody should trust."""

import pytest

from clarin_web.demo.kommo_server import World
from clarin_web.demo.kommo_server.payloads import MALFORMED
from tests.support.kommo import subscribe


@pytest.fixture
def world():
    made = World(seed=2)
    made.add_user("Ana Ruiz", "ana@demo.test", admin=True)
    made.add_pipeline("Ventas", ("Contactado", "Propuesta"))
    return made


def test_a_bad_answer_is_tried_again_five_times_after_a_500(ask, kommo, receiver):
    kommo.hooks.knobs.time_scale = 0.00001
    receiver.status = 500
    subscribe(ask, receiver, "add_lead")
    kommo.world.add_lead("Curso", 9001)
    log = kommo.hooks.wait(5)
    assert [(one.attempt, one.status) for one in log] == [(n, 500) for n in range(1, 6)]


def test_a_bad_answer_other_than_500_is_tried_four_times(ask, kommo, receiver):
    kommo.hooks.knobs.time_scale = 0.00001
    receiver.status = 404
    subscribe(ask, receiver, "add_lead", "add_contact")
    kommo.world.add_lead("Curso", 9001)
    kommo.hooks.wait(4)
    receiver.status = 200
    kommo.world.add_contact("Luis")
    assert [one.status for one in kommo.hooks.wait(5)] == [404] * 4 + [200]


def test_a_hundred_bad_answers_switch_the_hook_off_until_it_is_saved_again(ask, kommo, receiver):
    kommo.hooks.knobs.disable_after, kommo.hooks.knobs.time_scale = 3, 1.0
    receiver.status = 500
    subscribe(ask, receiver, "add_contact")
    for number in range(4):
        kommo.world.add_contact(f"Luis {number}")
    kommo.hooks.wait(4)
    assert ask.rows("webhooks")[0]["disabled"] is True
    kommo.world.add_contact("Nadie")
    receiver.status = 200
    assert subscribe(ask, receiver, "add_contact").json()["disabled"] is False
    kommo.world.add_contact("Rosa")
    kommo.hooks.wait(5)
    assert receiver.bodies[-1]["contacts[add][0][name]"] == "Rosa"


def test_nothing_leaves_this_machine(ask, kommo):
    kommo.hooks.knobs.time_scale = 0.00001
    kommo.hooks.subscribe("https://example.com/hook", ["add_contact"])
    kommo.world.add_contact("Luis")
    assert {one.status for one in kommo.hooks.wait(1)} == {-1}


@pytest.mark.parametrize("kind", MALFORMED)
def test_bodies_no_one_should_trust(ask, kommo, receiver, kind):
    kommo.hooks.knobs.malformed = kind
    subscribe(ask, receiver, "add_lead")
    kommo.world.add_lead("Curso", 9001)
    assert [one.status for one in kommo.hooks.wait(1)] == [200]


def test_hooks_get_lost_come_twice_or_for_another_account(ask, kommo, receiver):
    subscribe(ask, receiver, "add_contact")
    kommo.hooks.knobs.drop = 1.0
    kommo.world.add_contact("Perdido")
    kommo.hooks.knobs.drop, kommo.hooks.knobs.duplicate, kommo.hooks.knobs.wrong_account = 0.0, 1.0, True
    kommo.world.add_contact("Doble")
    kommo.hooks.wait(2)
    assert [body["contacts[add][0][name]"] for body in receiver.bodies] == ["Doble", "Doble"]
    assert receiver.bodies[0]["account[id]"] != str(kommo.world.account["id"])


def test_a_test_can_send_any_body(kommo, receiver):
    kommo.hooks.send(receiver.url, "forged", [("leads[add][0][id]", "7")])
    kommo.hooks.wait(1)
    assert receiver.bodies == [{"leads[add][0][id]": "7"}]
