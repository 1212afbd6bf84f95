"""The whole server: who is on WhatsApp, the owner's phone, the linked device, and the knobs of the stories."""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .agreement import Bundle
from .authority import HOSTS, NoiseAuthority, TlsAuthority
from .companion import Companion, turn_away
from .connection import Connection
from .media import MediaHost
from .nodes import SERVER, Jid, Node
from .pairing import Candidate, Scanned
from .people import Person, contents, fresh_id
from .phone_code import CodeLink
from .profiles import Profiles
from .proxy import Proxy
from .retries import Retries
from .session import candidate_session, companion_session
from .stream import Gone, Stream


class WhatsappServer:
    """`failure`: what every login gets instead of a welcome; `acknowledging` False: messages vanish unanswered."""

    def __init__(self, folder: Path, owner: Person) -> None:
        self.noise, self.tls = NoiseAuthority(), TlsAuthority(folder)
        self.proxy = Proxy(self.tls.context(), self._visit)
        self.owner, self.people, self.media = owner, [owner], MediaHost()
        self.profiles, self.retries = Profiles(self.media), Retries()
        self.companion: Companion | None = None
        self.candidate: Candidate | None = None
        self.code_link: CodeLink | None = None
        self.failure: dict[str, Any] | None = None
        self.acknowledging = True
        self.cuts_linking = False  # the cable is pulled between the last word of the linking and "come back"
        self.refusals: list[int] = []  # what the next messages are answered with instead of being taken
        self.confirmed: list[Node] = []  # receipts the client sent
        self.complaints: list[str] = []  # what should never happen, for the end of each story
        self.sent: list[str] = []  # ids of the client's messages, in order
        self._written: dict[str, tuple[Person, Callable[[], None]]] = {}
        self._numbers = iter(range(1, 100))
        self.lock = threading.RLock()

    def __enter__(self) -> WhatsappServer:
        self.proxy.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.proxy.stop()

    def welcome(self, phone: str, name: str = "") -> Person:
        """Somebody new on WhatsApp."""
        self.people.append(Person(phone, name))
        return self.people[-1]

    def find(self, jid: Jid) -> Person | None:
        return next((person for person in self.people if person.is_called(jid)), None)

    def scan(self, code: str) -> None:
        """The owner holds the phone in front of the code."""
        scanned = Scanned.read(code)
        assert self.candidate, "nobody waits to be linked"
        assert scanned.ref in self.candidate.refs, "a code of some other server"
        assert scanned.identity == self.candidate.identity
        self.link(scanned.secret)

    def type_code(self, code: str) -> None:
        """The owner types the eight letters."""
        assert self.candidate, "nobody waits to be linked"
        assert self.code_link, "no code was asked for"
        self.candidate.line.send(self.code_link.typed(self.owner, code))

    def link(self, secret: bytes) -> None:
        assert self.candidate
        self.companion = Companion(self.owner, next(self._numbers), self.candidate.identity)
        self.candidate.accept(self.owner, self.companion.number, secret)

    def receipts(self, kind: str) -> list[str]:
        """Ids of messages the client confirmed: "inactive" is "arrived, and nobody is looking"."""
        return [node.get("id") for node in self.confirmed if node.get("type") == kind]

    def drop(self) -> None:
        """The cable is pulled; the client may come back."""
        if self.companion:
            self.companion.hang_up()

    def forget_companion(self) -> None:
        self.companion = None

    def unlink(self) -> None:
        """The owner removes the device on the phone."""
        self.end("device_removed", code=401)
        self.companion = None

    def replace(self) -> None:
        """Another program logs in with the same session."""
        self.end("replaced")

    def restart(self) -> None:
        """As WhatsApp does now and then: the client is to connect again at once."""
        self.end(code=515)

    def refuse(self, **failure: Any) -> None:
        """This login and every later one."""
        self.failure = failure
        self.drop()

    def end(self, conflict: str = "", **attrs: Any) -> None:
        """The stream ends with an error."""
        said = [Node("conflict", {"type": conflict})] if conflict else []
        if self.companion:
            self.companion.dismiss(Node("stream:error", attrs, said))

    def write(
        self, person: Person, message: Any, *, wa_id: str = "", damaged: bool = False, **attrs: Any
    ) -> str:
        """A customer (or the owner's phone) writes to the linked device. `damaged`: it cannot be opened there."""
        wa_id = wa_id or fresh_id()
        said: dict[str, Any] = {"from": person.jid, "sender_lid": person.lid, "notify": person.name}
        said |= {"id": wa_id, "t": int(time.time()), "type": "text"} | attrs
        self._written[wa_id] = person, lambda: self._seal_and_deliver(person, message, said)
        self._seal_and_deliver(person, message, said, damaged)
        return wa_id

    def write_again(self, wa_id: str, keys: Node | None = None) -> None:
        """The client could not open it and asks for it once more; with `keys`, in a conversation begun anew."""
        sender, deliver = self._written[wa_id]
        if keys is not None and keys.tag:
            sender.device.greet(Bundle.read(keys))
        deliver()

    def _seal_and_deliver(
        self, person: Person, message: Any, said: dict[str, Any], damaged: bool = False
    ) -> None:
        with self.lock:
            assert self.companion, "nobody is linked"
            if not person.device.knows_them:
                person.device.greet(self.companion.bundle())
            kind, sealed = person.seal(message)
        if damaged:
            sealed = sealed[:-1] + bytes((sealed[-1] ^ 1,))
        self.companion.deliver(Node("message", said, [Node("enc", {"v": 2, "type": kind}, sealed)]))

    def tell_history(self, history: Any) -> str:
        """The phone leaves what was said before at the media host, and tells the linked device where."""
        lying = self.media.put("history", zlib.compress(history.SerializeToString()))
        lying.pop("URL")
        e2e = contents()
        where = e2e.HistorySyncNotification(**lying, syncType=e2e.HistorySyncType.RECENT)
        kind = e2e.ProtocolMessage.HISTORY_SYNC_NOTIFICATION
        note = e2e.ProtocolMessage(type=kind, historySyncNotification=where)
        return self.write(self.owner, e2e.Message(protocolMessage=note), category="peer")

    def tick(self, person: Person, wa_id: str, kind: str = "", ago: int = 0, **attrs: Any) -> None:
        """A receipt: delivered without a kind, else "read", "played" or something no client knows."""
        assert self.companion, "nobody is linked"
        said: dict[str, Any] = {"from": person.lid, "sender_pn": person.jid, "id": wa_id}
        said |= {"t": int(time.time()) - ago} | ({"type": kind} if kind else {}) | attrs
        self.companion.deliver(Node("receipt", said))

    def _visit(self, stream: Stream, host: str) -> None:
        try:
            if host == HOSTS[0]:
                self._serve(Connection(stream, self.noise))
            else:
                self.media.visit(stream)
        except Gone:
            return  # an ordinary end
        except Exception as error:
            self.complaints.append(f"{type(error).__name__}: {error}")
            raise

    def _serve(self, line: Connection) -> None:
        if not line.client.username:
            self.candidate = Candidate(line)
            return candidate_session(self, self.candidate)
        companion = self.companion
        known = companion is not None and companion.number == line.client.device
        failure = self.failure if known else {"reason": 401}
        if failure or companion is None:
            return turn_away(line, Node("failure", {"location": "rva", **(failure or {})}))
        companion.hang_up()
        companion.line = line
        line.send(Node("success", {"from": SERVER, "t": int(time.time()), "lid": companion.lid}))
        companion_session(self, companion, line)
