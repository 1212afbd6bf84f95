"""Internet addresses as limits and guards see them."""

from __future__ import annotations

import ipaddress
import socket

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Each of these carries an IPv4 address that is where packets go in the end.
CARRIERS = tuple(map(ipaddress.IPv6Network, ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")))


def network_of(address: str) -> str:
    """What one subscriber holds: an IPv4 address, or the /64 around an IPv6 one. Anything else as it is."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    plain = getattr(found, "ipv4_mapped", None) or found
    if plain.version == 4:
        return str(plain)
    return str(ipaddress.ip_network((int(plain) >> 64 << 64, 64)))


def is_public(address: Address) -> bool:
    """Whether it is somewhere on the internet: not this machine, its neighbours, or a way around to them."""
    return all(map(_is_out_there, _all_of(address)))


def _is_out_there(address: Address) -> bool:
    inside = address.is_multicast or address.is_reserved or getattr(address, "is_site_local", False)
    return address.is_global and not inside


def _all_of(address: Address) -> list[Address]:
    """The address and every one that is wrapped in it."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    wrapped = [*filter(None, [address.sixtofour, *(address.teredo or ())])]
    if any(address in network for network in CARRIERS):
        wrapped.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [address, *wrapped]


class NotPublic(ValueError):
    """The host is, or may be, in a private network: the text says nothing, it was typed by a stranger."""


class Unknown(ValueError):
    """The host has no address now."""


def public_address(host: str, port: int) -> str:
    """An address of the host. Raises NotPublic when any of them is not on the internet, Unknown when it has none.

    Whoever connects uses the answer and not the name, which may be somewhere else a moment later.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unknown() from error
    addresses = [ipaddress.ip_address(str(place[0]).partition("%")[0]) for *_, place in found]
    if not all(map(is_public, addresses)):
        raise NotPublic()
    return str(addresses[0])
