"""Which addresses are somewhere on the internet, whatever they are wrapped in, and who is one subscriber."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from clarin_web.lib import networks
from clarin_web.lib.networks import NotPublic, Unknown, is_public, network_of, public_address

PRIVATE = """127.0.0.1 127.9.9.9 0.0.0.0 10.0.0.1 172.16.0.1 192.168.1.1 100.64.0.1 169.254.169.254 192.0.2.1
198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 :: ::1 fe80::1 fc00::1 fd00:ec2::254 ff02::1 ::ffff:127.0.0.1
::ffff:169.254.169.254 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::a00:1 2002:7f00:1::1
2002:a9fe:a9fe::1 2001:0:7f00:1::1 ::ffff:0:127.0.0.1 2001:db8::1 fec0::1""".split()
PUBLIC = "1.1.1.1 8.8.8.8 2606:4700:4700::1111 ::ffff:8.8.8.8".split()


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_private_in_any_wrapping(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


# As people write them, and as resolvers read them.
@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "0x7f.1", "2130706433", "0", "::1", "[::1]".strip("[]")]
)
def test_a_name_is_where_it_leads(host: str) -> None:
    with pytest.raises((NotPublic, Unknown)):
        public_address(host, 80)


def test_a_name_that_also_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def answers(*addresses: str) -> None:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in addresses]
        monkeypatch.setattr(networks.socket, "getaddrinfo", lambda *_, **__: found)

    answers("8.8.8.8", "10.0.0.7")
    with pytest.raises(NotPublic):
        public_address("proxy.example", 80)
    answers("8.8.8.8", "1.1.1.1")
    assert public_address("proxy.example", 80) == "8.8.8.8"


def test_one_subscriber_is_one_place() -> None:
    assert network_of("::ffff:198.51.100.7") == network_of("198.51.100.7") == "198.51.100.7"
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2::9") != network_of("2001:db8:1:3::9")
    assert network_of("") == ""
