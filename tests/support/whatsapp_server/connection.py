"""One client on the line: the handshake, then nodes both ways."""

from __future__ import annotations

from typing import Any

from .authority import NoiseAuthority
from .nodes import Node, encode
from .noise import GREETING, Responder
from .protos import proto
from .reader import decode
from .stream import Stream, WebSocket


class Connection:
    """`client` is what it said of itself: who it is, or the keys of one that wants to be linked."""

    def __init__(self, stream: Stream, authority: NoiseAuthority) -> None:
        _, _, headers = stream.request()
        self._stream, self._socket = stream, WebSocket(stream, headers)
        self.client: Any = self._handshake(authority)
        self.log: list[Node] = []

    def _handshake(self, authority: NoiseAuthority) -> Any:
        wire = proto("waWa6.WAWebProtobufsWa6")
        assert self._socket.take(len(GREETING)) == GREETING, "not WhatsApp's greeting"
        responder = Responder(authority.static, authority.chain)
        opening = wire.HandshakeMessage.FromString(self._frame()).clientHello
        ephemeral, static, payload = responder.hello(opening.ephemeral)
        answer = wire.HandshakeMessage()
        answer.serverHello.ephemeral, answer.serverHello.static = ephemeral, static
        answer.serverHello.payload = payload
        self._put_frame(answer.SerializeToString())
        finish = wire.HandshakeMessage.FromString(self._frame()).clientFinish
        client, self._theirs, self._ours = responder.finish(finish.static, finish.payload)
        return wire.ClientPayload.FromString(client)

    def receive(self) -> Node:
        node = decode(self._theirs.open(self._frame()))
        self.log.append(node)
        return node

    def send(self, node: Node) -> None:
        self._put_frame(encode(node), sealed=True)

    def cut(self) -> None:
        self._stream.cut()

    def _frame(self) -> bytes:
        return self._socket.take(int.from_bytes(self._socket.take(3), "big"))

    def _put_frame(self, data: bytes, sealed: bool = False) -> None:
        """The number of a sealed frame and its place on the wire must agree."""
        with self._stream.turn:
            data = self._ours.seal(data) if sealed else data
            self._socket.put(len(data).to_bytes(3, "big") + data)
