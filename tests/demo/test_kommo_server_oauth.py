"""OAuth at the simulated Kommo: codes and refresh tokens that work once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from clarin_web.demo.kommo_server import Clock, World
from tests.support.kommo import Ask


@pytest.fixture
def world():
    made = World(seed=2, clock=Clock())
    made.add_user("Ana Ruiz", "ana@demo.test", admin=True)
    made.add_user("Bruno Díaz", "bruno@demo.test")
    made.add_pipeline("Ventas", ("Contactado", "Propuesta"))
    made.add_lead("Curso", 9001)
    return made


def status(kommo, token, path="account"):
    with Ask(kommo, token) as ask:
        return ask.get(path).status_code


def exchange(kommo, ask, **body):
    tokens = kommo.tokens
    known = {
        "client_id": tokens.client_id,
        "client_secret": tokens.client_secret,
        "redirect_uri": tokens.redirect_uri,
    }
    return ask.http.post("/oauth2/access_token", json={**known, **body}, headers={"Authorization": ""})


def test_oauth_gives_a_pair_for_a_code_once(kommo, ask):
    code = kommo.tokens.code()
    pair = exchange(kommo, ask, grant_type="authorization_code", code=code)
    assert (pair.status_code, pair.json()["expires_in"]) == (200, 86400)
    assert status(kommo, pair.json()["access_token"]) == 200
    assert exchange(kommo, ask, grant_type="authorization_code", code=code).status_code == 400
    late = kommo.tokens.code()
    kommo.world.move_clock(21 * 60)
    assert exchange(kommo, ask, grant_type="authorization_code", code=late).status_code == 400


def test_oauth_refuses_a_wrong_secret_or_address(kommo, ask):
    wrong = [{"client_secret": "x"}, {"redirect_uri": "http://127.0.0.1/else"}, {"client_id": "x"}]
    for one in wrong:
        answer = exchange(kommo, ask, grant_type="authorization_code", code=kommo.tokens.code(), **one)
        assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")


def test_a_refresh_token_works_once_and_its_pair_is_new(kommo, ask):
    first = exchange(kommo, ask, grant_type="authorization_code", code=kommo.tokens.code()).json()
    with ThreadPoolExecutor(5) as pool:
        asked = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        answers = list(pool.map(lambda _: exchange(kommo, ask, **asked), range(5)))
    won = [answer for answer in answers if answer.status_code == 200]
    assert (len(won), kommo.tokens.refreshes) == (1, 1)
    assert won[0].json()["refresh_token"] != first["refresh_token"]
    assert status(kommo, won[0].json()["access_token"]) == 200


def test_the_page_of_consent_sends_back_with_a_code(kommo, ask):
    answer = ask.http.get(f"/oauth?client_id={kommo.tokens.client_id}&state=xyz")
    back = answer.headers["Location"]
    assert back.startswith(kommo.tokens.redirect_uri)
    assert "state=xyz" in back
