"""An origin as browsers send it, to the letter: any other way of writing the same place never equals theirs."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(:(?P<port>[1-9][0-9]{0,4}))?"
)
LABEL = re.compile(r"[a-z0-9-]{1,63}")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
USUAL = {"http": 80, "https": 443}


def is_origin(said: str) -> bool:
    found = ORIGIN.fullmatch(said)
    return found is not None and _is_host(found["host"]) and _is_port(found["scheme"], found["port"])


def host_of(origin: str) -> str:
    """Of what is an origin."""
    found = ORIGIN.fullmatch(origin)
    return found["host"] if found else ""


def _is_port(scheme: str, said: str | None) -> bool:
    return said is None or (int(said) < 65536 and int(said) != USUAL[scheme])


def _is_host(said: str) -> bool:
    if said.startswith("["):
        return said == f"[{_ipv6(said[1:-1])}]"
    labels = said.split(".")
    if NUMBER.fullmatch(
        labels[-1]
    ):  # an address of four numbers, whatever stands before it: so browsers read it
        return said == _ipv4(said)
    return len(said) < 254 and all(map(LABEL.fullmatch, labels))


def _ipv4(said: str) -> str:
    try:
        return str(IPv4Address(said))
    except AddressValueError:
        return ""


def _ipv6(said: str) -> str:
    """In browsers' form, where an IPv4 address inside is written like the rest."""
    try:
        found = IPv6Address(said)
    except AddressValueError:
        return ""
    inside = int(found) & 0xFFFFFFFF
    return f"::ffff:{inside >> 16:x}:{inside & 0xFFFF:x}" if found.ipv4_mapped else found.compressed
