"""The client's questions (iq) and our answers. What we do not know is answered with an empty "yes"."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .media import HOST
from .nodes import SERVER, Jid, Node
from .people import Person
from .profiles import Refused

if TYPE_CHECKING:
    from .companion import Companion
    from .server import WhatsappServer

Answer = list[Node]


def answer(server: WhatsappServer, companion: Companion, question: Node) -> Node:
    """The whole reply to a linked device's iq."""
    asked = next(iter(question), Node(""))
    reader = _READERS.get((question.get("xmlns"), asked.tag))
    try:
        return reply(question, reader(server, companion, question) if reader else [])
    except Refused as refused:
        attrs = {"from": SERVER, "type": "error", "id": question.get("id")}
        return Node("iq", attrs, [Node("error", {"code": refused.code, "text": refused.text})])


def reply(question: Node, content: Answer) -> Node:
    attrs = {"from": SERVER, "type": "result", "id": question.get("id")}
    return Node("iq", attrs, content or None)


def _count(_server: WhatsappServer, companion: Companion, _question: Node) -> Answer:
    """Never none: a client that believes it is the first time makes 812 keys, one slow write to disk each."""
    return [Node("count", {"value": max(1, len(companion.once))})]


def _leave(_server: WhatsappServer, companion: Companion, question: Node) -> Answer:
    companion.leave_keys(question)
    return []


def _fetch(server: WhatsappServer, _companion: Companion, question: Node) -> Answer:
    users = []
    for user in question.child("key"):
        jid = user.attrs["jid"]
        person = server.find(jid) if isinstance(jid, Jid) and not jid.device else None
        keys = person.device.bundle().nodes() if person else [Node("error", {"code": 404})]
        users.append(Node("user", {"jid": jid}, keys))
    return [Node("list", {}, users)]


def _usync(server: WhatsappServer, companion: Companion, question: Node) -> Answer:
    found = [_user(server, companion, user) for user in question.child("usync", "list")]
    return [Node("usync", {}, [Node("list", {}, [user for user in found if user])])]


def _user(server: WhatsappServer, companion: Companion, user: Node) -> Node | None:
    if "jid" not in user.attrs:
        return _contact(server, user.child("contact").data.decode())
    jid = user.attrs["jid"]
    person = server.find(jid) if isinstance(jid, Jid) else None
    if person is None:
        return None
    numbers = [0, companion.number] if person is companion.owner else [0]
    devices = [Node("device", {"id": number}) for number in numbers]
    listed = Node("devices", {}, [Node("device-list", {}, devices)])
    return Node("user", {"jid": jid}, [listed, Node("lid", {"val": person.lid})])


def _contact(server: WhatsappServer, asked: str) -> Node:
    """Is this number on WhatsApp?"""
    digits = asked.partition("@")[0].lstrip("+")
    typed: Person | None = next((person for person in server.people if person.typed_as == digits), None)
    person = typed or server.find(Jid(digits))
    contact = Node("contact", {"type": "in" if person else "out"}, asked.encode())
    names = (
        {"jid": person.lid, "pn_jid": person.jid}
        if person
        else {"jid": Jid(asked.partition("@")[0].lstrip("+"))}
    )
    return Node("user", dict(names), [contact])


def _media(_server: WhatsappServer, _companion: Companion, _question: Node) -> Answer:
    attrs = {"auth": "for-tests", "ttl": 3600, "auth_ttl": 3600, "max_buckets": 12}
    return [Node("media_conn", dict(attrs), [Node("host", {"hostname": HOST})])]


def _remove(server: WhatsappServer, _companion: Companion, _question: Node) -> Answer:
    server.forget_companion()
    return []


def _group(server: WhatsappServer, _companion: Companion, question: Node) -> Answer:
    return server.profiles.group(question)


def _picture(server: WhatsappServer, _companion: Companion, question: Node) -> Answer:
    return server.profiles.picture(question)


_READERS: dict[tuple[str, str], Callable[[WhatsappServer, Companion, Node], Answer]] = {
    ("encrypt", "count"): _count,
    ("encrypt", "registration"): _leave,
    ("encrypt", "key"): _fetch,
    ("usync", "usync"): _usync,
    ("w:m", "media_conn"): _media,
    ("w:g2", "query"): _group,
    ("w:profile:picture", "picture"): _picture,
    ("md", "remove-companion-device"): _remove,
}
