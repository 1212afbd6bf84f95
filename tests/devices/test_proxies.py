"""The way out to WhatsApp: written once, sealed, used by the process, and never shown or logged again."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from clarin_web.config import ConfigError, settings
from clarin_web.db import execute, release, tenant
from clarin_web.devices import proxies
from clarin_web.devices.neonize_gateway.quiet import Discreet
from clarin_web.lib.secrets import open_sealed
from clarin_web.models import Device
from tests.support.cast import Person

from .conftest import Office, until
from .test_device_pages import linked as linked_row

SECRET = "socks5://ana:s3cr%40t@proxy.example.com:1080"


@pytest.fixture
def installation(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    settings.cache_clear()
    yield monkeypatch
    settings.cache_clear()


def kept(account_id: int, device_id: int) -> tuple[str, str]:
    with tenant(account_id):
        shown = execute(select(Device.proxy).where(Device.id == device_id)).scalar_one()
        used = proxies.of_device(account_id, device_id)
        assert proxies.of_device(account_id, device_id, proxies.opened_apart) == used, "as in its process"
    release()
    return shown, used


@pytest.mark.parametrize("text", ["http://10.0.0.1:8080", SECRET, "socks5://[::1]:1080", "http://h:1/"])
def test_what_is_a_proxy(text: str) -> None:
    assert proxies.checked(f"  {text} ") == text
    assert "s3cr" not in proxies.without_secrets(text)


@pytest.mark.parametrize(
    "text", ["", "proxy:8080", "ftp://h:1", "http://h", "http://:80", "http://h:99999", "http://h:1/x", "http://h:1?x",
             "http://h h:1", "http://h:x", "socks5://[::1:1080", "http://" + "h" * 600 + ":1"]
)  # fmt: skip
def test_what_is_none_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(proxies.BadProxy) as refusal:
        proxies.checked(text)
    assert str(refusal.value) == "proxy_unusable"


def test_a_number_has_its_own_proxy_which_nobody_sees_again(ana: Person) -> None:
    device_id = linked_row(ana)
    assert "directly" in ana.get(f"/devices/{device_id}").text
    assert ana.post(f"/devices/{device_id}/proxy", {"proxy": SECRET}).status == 303
    assert kept(ana.account_id, device_id) == ("socks5://proxy.example.com:1080", SECRET)
    page = ana.get(f"/devices/{device_id}").text
    assert "socks5://proxy.example.com:1080" in page
    assert "s3cr" not in page
    assert "ana:" not in page
    ana.post(f"/devices/{device_id}/proxy", {"proxy": ""})
    assert kept(ana.account_id, device_id)[1] == SECRET, "an empty field keeps it"
    ana.post(f"/devices/{device_id}/proxy", {"proxy": "", "remove_proxy": "1"})
    assert kept(ana.account_id, device_id) == ("", "")


def test_a_sealed_proxy_opens_in_its_own_row_only(ana: Person) -> None:
    one, other = linked_row(ana), linked_row(ana, phone="+51987654399")
    ana.post(f"/devices/{one}/proxy", {"proxy": SECRET})
    with tenant(ana.account_id):
        sealed = execute(select(Device.proxy_sealed).where(Device.id == one)).scalar_one()
        assert b"s3cr" not in sealed
    release()
    office = Office(ana.account_id, other, 0)
    office.set(proxy="socks5://x:1", proxy_sealed=sealed)
    with tenant(ana.account_id):
        for opened in (open_sealed, proxies.opened_apart):
            with pytest.raises(proxies.BadProxy):
                proxies.of_device(ana.account_id, other, opened)
    release()


def test_who_may_change_it(ana: Person, bruno: Person, carla: Person) -> None:
    device_id = linked_row(ana)
    refused = ana.post(f"/devices/{device_id}/proxy", {"proxy": "http://ana:hush@h"})
    assert refused.status == 422
    assert "hush" not in refused.text
    assert bruno.post(f"/devices/{device_id}/proxy", {"proxy": SECRET}).status == 403
    assert carla.post(f"/devices/{device_id}/proxy", {"proxy": SECRET}).status == 404
    assert kept(ana.account_id, device_id) == ("", "")


def test_the_installations_proxy_serves_numbers_without_one(
    ana: Person, installation: pytest.MonkeyPatch
) -> None:
    installation.setenv("WHATSAPP_PROXY", "http://op:hush@10.0.0.9:3128")
    device_id = linked_row(ana)
    assert kept(ana.account_id, device_id) == ("", "http://op:hush@10.0.0.9:3128")
    page = ana.get(f"/devices/{device_id}").text
    assert "http://10.0.0.9:3128" in page
    assert "hush" not in page + repr(settings())
    ana.post(f"/devices/{device_id}/proxy", {"proxy": SECRET})
    assert kept(ana.account_id, device_id)[1] == SECRET


def test_a_proxy_of_the_installation_that_cannot_be_used_is_said_without_its_password(
    installation: pytest.MonkeyPatch,
) -> None:
    installation.setenv("WHATSAPP_PROXY", "proxy:hush@nowhere")
    with pytest.raises(ConfigError) as refusal:
        proxies.of_installation()
    assert "hush" not in str(refusal.value)


def test_log_lines_lose_every_part_of_it() -> None:
    record = logging.LogRecord("whatsmeow", 30, "", 0, "dial %s failed: s3cr%%40t", (SECRET,), None)
    assert Discreet(proxies.secrets_of(SECRET)).filter(record)
    assert record.getMessage() == "dial … failed: …"


def test_without_its_proxy_a_number_stays_here_and_says_so(linked: Office) -> None:
    linked.set(proxy="http://gone:1", proxy_sealed=b"\x01 sealed with another key")
    assert linked.start().wait(120) == 7
    row = linked.device()
    assert (row.state, row.state_reason) == ("error", "proxy_unusable")


def test_a_changed_proxy_ends_the_process_so_that_the_next_one_uses_it(ana: Person, linked: Office) -> None:
    process = linked.start()
    until(lambda: linked.device().state == "connected")
    linked.set(restart_at=linked.device().state_at)
    assert process.wait(120) == 0
    assert linked.device().wanted == "connected"


def test_the_real_client_goes_out_through_it(office: Office, installation: pytest.MonkeyPatch) -> None:
    """neonize itself, up to the proxy's door: it asks for WhatsApp's host there, with our name and password."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        installation.setenv("CLARIN_DEVICE_GATEWAY", "neonize")
        installation.setenv("WHATSAPP_PROXY", f"http://ana:hush@127.0.0.1:{door.getsockname()[1]}")
        asked: list[bytes] = []
        threading.Thread(target=_refuse, args=(door, asked), daemon=True).start()
        office.set(wanted="paired")
        office.start()
        said = until(lambda: asked and asked[0]).decode()
    assert said.startswith("CONNECT web.whatsapp.com:443")
    assert "Proxy-Authorization: Basic YW5hOmh1c2g=" in said
    until(lambda: office.device().state_reason)
    assert "hush" not in office.device().state_reason


def _refuse(door: socket.socket, asked: list[bytes]) -> None:
    visitor, _ = door.accept()
    with visitor:
        asked.append(visitor.recv(4096))
        visitor.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture
def closed(installation: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """As in production: the operator has not allowed private networks."""
    installation.delenv("CLARIN_PRIVATE_NETWORKS")
    return installation


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"]
)
def test_an_account_cannot_point_a_number_into_the_operators_network(
    closed: pytest.MonkeyPatch, ana: Person, host: str
) -> None:
    device_id = linked_row(ana)
    refused = ana.post(f"/devices/{device_id}/proxy", {"proxy": f"http://{host}:3128"})
    assert (refused.status, "private network" in refused.text) == (422, True)
    with tenant(ana.account_id):
        assert proxies.of_device(ana.account_id, device_id) == ""
    release()


def test_where_a_proxys_name_leads_is_looked_at_whenever_it_is_used(
    closed: pytest.MonkeyPatch, ana: Person
) -> None:
    leads_to = "8.8.8.8"
    closed.setattr(
        "clarin_web.lib.networks.socket.getaddrinfo",
        lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (leads_to, 1080))],
    )
    device_id = linked_row(ana)
    assert ana.post(f"/devices/{device_id}/proxy", {"proxy": SECRET}).status == 303
    assert kept(ana.account_id, device_id) == (
        "socks5://proxy.example.com:1080",
        "socks5://ana:s3cr%40t@8.8.8.8:1080",
    ), "used by the address that was looked at"
    leads_to = "10.0.0.7"
    with tenant(ana.account_id), pytest.raises(proxies.BadProxy):
        proxies.of_device(ana.account_id, device_id)
    release()
