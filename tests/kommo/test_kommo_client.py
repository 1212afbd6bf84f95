"""The client over real HTTP, against the simulated Kommo: pages, emptiness, refusals and traps."""

import pytest

from clarin_web.demo.kommo_server import Faults, KommoServer, World
from clarin_web.demo.kommo_server.believable import believable, drift_once
from clarin_web.kommo import errors
from clarin_web.kommo.client import Client
from clarin_web.kommo.limiter import Limiter, Target


@pytest.fixture
def fast():
    return Limiter(None, 100_000.0)


@pytest.fixture
def kommo():
    with KommoServer(believable(leads=30, seed=3), faults=Faults(rate=100_000)) as server:
        yield server


@pytest.fixture
def client(kommo, fast):
    with Client(kommo.url, kommo.token, fast) as made:
        yield made


def test_it_reads_the_account_users_pipelines_and_tags(client):
    assert client.account()["_embedded"]["datetime_settings"]["timezone"] == "America/Lima"
    assert [row["name"] for row in client.users().rows] == ["Ana Ruiz", "Bruno Díaz"]
    stages = client.pipelines().rows[0]["_embedded"]["statuses"]
    assert {142, 143} < {stage["id"] for stage in stages}
    assert client.tags("leads").rows


def test_pages_follow_our_own_base_and_end(kommo, client, monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.client.LIMIT", 7)
    ids, page = [], 1
    while (answer := client.leads(page)).rows:
        ids += [row["id"] for row in answer.rows]
        page += 1
        if not answer.has_next:
            break
    assert ids == sorted(kommo.world.rows["leads"])
    assert {seen.target.split("?")[0] for seen in kommo.seen} == {"/api/v4/leads"}


def test_an_empty_list_is_no_error(fast):
    with KommoServer(World()) as empty, Client(empty.url, empty.token, fast) as client:
        assert client.leads().rows == []
        assert client.contacts_by_id([1, 2]) == []


def test_contacts_come_in_batches_of_a_hundred(kommo, client):
    ids = sorted(kommo.world.rows["contacts"])
    assert [row["id"] for row in client.contacts_by_id([*range(1, 101), *ids])] == ids
    assert len(kommo.seen) == 2


def test_the_window_reads_what_changed_since(kommo, client):
    kommo.world.clock = lambda: 2_000_000_000
    moved = drift_once(kommo.world)
    assert [row["id"] for row in client.leads(window=(2_000_000_000, None), order="updated_at").rows] == [
        moved
    ]


@pytest.mark.parametrize(
    ("fault", "options", "expected", "permanent"),
    [
        ("status", {"status": 402}, errors.PaymentRequired, True),
        ("status", {"status": 403}, errors.NoRights, True),
        ("status", {"status": 404}, errors.NotFound, True),
        ("status", {"status": 400}, errors.BadRequest, True),
        ("status", {"status": 502}, errors.ServerError, False),
        ("html", {"status": 403}, errors.Blocked, False),
        ("status", {"status": 405}, errors.NotFound, True),
        ("status", {"status": 422}, errors.BadRequest, True),
        ("html", {}, errors.NotJson, False),
        ("truncated", {}, errors.Truncated, False),
        ("empty", {}, errors.Truncated, False),
        ("garbage", {}, errors.WrongShape, False),
        ("redirect", {}, errors.Redirected, False),
        ("reset", {}, errors.Unreachable, False),
    ],
)
def test_each_failure_has_its_type(kommo, client, fault, options, expected, permanent):
    kommo.faults.add(fault, **options)
    with pytest.raises(expected) as failure:
        client.leads()
    assert failure.value.permanent is permanent
    assert kommo.token not in str(failure.value)


def test_a_refused_token_says_so(kommo, fast):
    with Client(kommo.url, "wrong", fast) as stranger, pytest.raises(errors.Unauthorized):
        stranger.account()


def test_a_closed_port_is_unreachable(fast):
    with Client("http://127.0.0.1:9", "x", fast) as client, pytest.raises(errors.Unreachable):
        client.account()


def test_what_may_pass_is_asked_again_a_few_times_and_the_rest_is_not(kommo, fast):
    slept = []
    with Client(kommo.url, kommo.token, fast, tries=3, sleep=slept.append) as patient:
        kommo.faults.add("status", status=503)
        kommo.faults.add("truncated")
        assert patient.leads().rows
        assert len(slept) == 2
        kommo.faults.add("status", status=503, times=3)
        with pytest.raises(errors.ServerError):
            patient.leads()
        for kind, options in (("status", {"status": 404}), ("garbage", {}), ("redirect", {})):
            kommo.seen.clear()
            kommo.faults.add(kind, **options)
            with pytest.raises(errors.KommoError):
                patient.leads()
            assert len(kommo.seen) == 1, kind


def test_five_failures_in_a_row_leave_a_connection_alone(kommo, own_world):
    from clarin_web.store import redis_connection

    redis_connection().flushall()
    limiter = Limiter(redis_connection(), 1000.0, target=Target(kommo.host, kommo.host, "7"))
    kommo.faults.add("status", status=500, times=5)
    with Client(kommo.url, kommo.token, limiter) as client:
        for _ in range(5):
            with pytest.raises(errors.ServerError):
                client.leads()
        with pytest.raises(errors.Resting):
            client.leads()
    assert len(kommo.seen) == 5
    redis_connection().flushall()


def test_going_too_fast_is_answered_with_429_and_its_pause(fast):
    with KommoServer(believable(3), faults=Faults(rate=2, retry_after=40)) as strict:
        with Client(strict.url, strict.token, fast) as client:
            client.account()
            client.account()
            with pytest.raises(errors.RateLimited) as refusal:
                client.account()
            assert refusal.value.retry_after == 40
            with pytest.raises(errors.RateLimited, match="our own pace"):
                client.account()
        assert len(strict.seen) == 3


def test_a_redirect_or_next_link_to_another_host_is_never_followed(kommo, client):
    with KommoServer(World()) as stranger:
        kommo.faults.public_base = stranger.url
        kommo.faults.add("redirect")
        with pytest.raises(errors.Garbage):
            client.leads()
        assert client.contacts(page=1).rows
        assert stranger.seen == []
