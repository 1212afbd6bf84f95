"""A conversation with one client, node by node, until it hangs up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from . import questions, retries
from .companion import Companion
from .connection import Connection
from .nodes import SERVER, Jid, Node
from .pairing import Candidate
from .people import Received
from .phone_code import TAG as CODE
from .phone_code import CodeLink

if TYPE_CHECKING:
    from .server import WhatsappServer

RESTART = Node("stream:error", {"code": 515})


def candidate_session(server: WhatsappServer, candidate: Candidate) -> None:
    """Until it is linked and told to come back as what it is now."""
    candidate.offer()
    while True:
        node = candidate.line.receive()
        if node.get("type") == "result" and node.child("pair-device-sign").tag:
            if server.cuts_linking:
                candidate.line.cut()
            candidate.line.send(RESTART)
        if node.get("type") == "error":
            raise ValueError(f"pairing was refused: {node}")
        if node.tag == "iq" and node.get("type") != "result":
            candidate.line.send(_candidate_answer(server, node))


def _candidate_answer(server: WhatsappServer, question: Node) -> Node:
    """The steps of linking by code; anything else is just agreed to."""
    asked = question.child(CODE)
    if asked.get("stage") == "companion_hello":
        server.code_link = CodeLink(asked.child("link_code_pairing_wrapped_companion_ephemeral_pub").data)
        return questions.reply(question, [server.code_link.hello()])
    if asked.get("stage") == "companion_finish" and server.code_link:
        server.link(server.code_link.secret(server.owner, asked))
    return questions.reply(question, [])


def companion_session(server: WhatsappServer, companion: Companion, line: Connection) -> None:
    while True:
        node = line.receive()
        with server.lock:
            _hear(server, companion, line, node)


def _hear(server: WhatsappServer, companion: Companion, line: Connection, node: Node) -> None:
    if node.tag == "iq" and node.get("type") in ("get", "set"):
        line.send(questions.answer(server, companion, node))
        if node.child("active").tag:
            companion.catch_up()
    elif node.tag == "message":
        _pass_on(server, line, node)
    elif node.tag == "receipt":
        companion.confirm(node.get("id"))
        server.confirmed.append(node)
        if node.get("type") == "retry":
            server.write_again(node.get("id"), node.child("keys"))
        line.send(Node("ack", {"class": "receipt", "id": node.get("id"), "from": SERVER}))
    elif node.tag == "ack":
        companion.confirm(node.get("id"))


def _pass_on(server: WhatsappServer, line: Connection, node: Node) -> None:
    """To every phone it is locked for, then an answer to who sent it. An id it has already is only answered again,
    unless a phone asked for it.
    """
    if node.get("id") not in server.sent or retries.is_answer(node):
        _hand_out(server, node)
    server.sent.append(node.get("id"))
    if server.acknowledging:
        attrs = {"class": "message", "id": node.get("id"), "from": node.attrs["to"], "t": int(time.time())}
        if server.refusals:
            attrs["error"] = server.refusals.pop(0)
        line.send(Node("ack", attrs))


def _hand_out(server: WhatsappServer, node: Node) -> None:
    copies = [(copy.attrs["jid"], copy.child("enc")) for copy in node.child("participants")]
    if retries.is_answer(node):
        copies = [(node.attrs["to"], node.child("enc"))]
    if not any(reader == node.attrs["to"] for reader, _ in copies):
        server.complaints.append(f"a message for {node.attrs['to']} that {node.attrs['to']} cannot open")
    for reader, locked in copies:
        person = server.find(reader) if isinstance(reader, Jid) else None
        if person is None:
            raise LookupError(f"a message for {reader}, who is not here")
        try:
            message = person.open(locked.get("type"), locked.data)
        except LookupError as error:
            server.retries.ask(server.companion, person, node, str(error))
            continue
        if not server.refusals and not person.has(node.get("id")):
            person.received.append(Received(node.get("id"), message))
