"""What single answers mean: shapes, `next` links, pauses, and bodies that never end or end too soon."""

import socket
import threading

import httpx
import pytest

from clarin_web.kommo import errors
from clarin_web.kommo.client import Client
from clarin_web.kommo.limiter import Limiter


def answer(content, status=200, **headers):
    """A client of a server that always says this."""
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=content, headers=headers))
    return Client("https://demo.kommo.com", "t", Limiter(None, 100_000.0), transport)


@pytest.mark.parametrize(
    "body", [b"{}x", b'{"_embedded":{"leads":{}}}', b'{"error":1}', b'{"_embedded":{"leads":[1]}}', b"7"]
)
def test_a_wrong_shape_is_never_an_empty_list(body):
    with pytest.raises(errors.Garbage):
        answer(body).leads()


def test_of_a_next_link_only_the_page_number_is_taken():
    body = b'{"_links":{"next":{"href":"https://evil.test/x?page=7&limit=250"}},"_embedded":{"leads":[{"id":1}]}}'
    page = answer(body).leads()
    assert (page.has_next, page.next_page) == (True, 7)
    assert answer(body.replace(b"page=7", b"page=-7")).leads().next_page is None


@pytest.mark.parametrize(
    ("body", "headers", "seconds"),
    [
        (b'{"retry_after":300}', {}, 300),
        (b'{"retry_after":20}', {"Retry-After": "90"}, 90),
        (b"slow down", {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 10),
        (b'{"retry_after":1e99}', {}, 3600),
    ],
)
def test_a_429_rests_as_long_as_body_or_header_ask(body, headers, seconds):
    with pytest.raises(errors.RateLimited) as refusal:
        answer(body, 429, **headers).leads()
    assert refusal.value.retry_after == seconds


def test_a_timeout_and_a_dripping_server_have_an_end(monkeypatch):
    def late(_):
        raise httpx.ReadTimeout("late")

    slow = Client("https://demo.kommo.com", "t", Limiter(None, 1e5), httpx.MockTransport(late))
    with pytest.raises(errors.TimedOut):
        slow.leads()
    monkeypatch.setattr("clarin_web.kommo.wire.DEADLINE", -1.0)
    with pytest.raises(errors.TimedOut):
        answer(b"{}").leads()


def test_a_body_shorter_than_announced_is_truncated():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=cut_short, args=(listening,), daemon=True).start()
        with Client(f"http://127.0.0.1:{listening.getsockname()[1]}", "t", Limiter(None, 1e5)) as client:
            with pytest.raises(errors.Truncated):
                client.leads()


def cut_short(listening):
    with listening.accept()[0] as peer:
        peer.recv(65536)
        peer.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"_embedded"')
