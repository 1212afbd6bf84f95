"""The real gateway of one number after another in one process, told what to do line by line, for many short stories.

Started as `python whatsapp_script.py <root key>`; `Script` is the other end. The product never begins a second gateway
in a process (what neonize leaves behind adds up); here each has a copy of a session file of its own, and all end soon.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).resolve()


class Script:
    """The process, from the test's side. `heard` is everything it said since the last `begin`."""

    def __init__(self, root: bytes, **environ: str) -> None:
        from clarin_web.devices.gateways import environment

        self._process = subprocess.Popen(
            [sys.executable, str(HERE), root.hex()],
            env={**environment(), **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.heard: list[dict[str, Any]] = []

    def begin(self, file: Path, session: str = "") -> None:
        self.heard = []
        self._say(do="begin", file=str(file), session=session)

    def end(self) -> None:
        self._say(do="end")
        self.until(lambda word: "ended" in word)

    def send(self, phone: str, text: str) -> dict[str, Any]:
        """What became of it: its id, or which error and why."""
        self._say(do="send", phone=phone, text=text)
        return self.until(lambda word: "send" in word)["send"]

    def until(self, true: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The next word that is so; what never comes is the end of the process, which the test's own time ends."""
        assert self._process.stdout
        for line in self._process.stdout:
            self.heard.append(json.loads(line))
            if true(self.heard[-1]):
                return self.heard[-1]
        raise AssertionError(f"it ended; it said {self.heard}")

    def _say(self, **order: Any) -> None:
        assert self._process.stdin
        print(json.dumps(order), file=self._process.stdin, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


class _Heard:
    """A gateway's listener that tells the test, until the next one begins."""

    latest: _Heard | None = None

    def __init__(self, say: Callable[..., None]) -> None:
        self._told, _Heard.latest = say, self

    def _say(self, **words: Any) -> None:
        if _Heard.latest is self:
            self._told(**words)

    def on_event(self, raw: bytes, kind: str) -> None: ...

    def has_event(self, wa_id: str) -> bool:
        return False

    def on_state(self, change: Any) -> None:
        until = change.until.isoformat() if change.until else ""
        self._say(state=change.state.value, reason=change.reason, until=until)

    def on_pairing_code(self, code: Any) -> None:
        self._say(code=code.text)

    def on_paired(self, paired: Any) -> None:
        self._say(session=paired.session)

    def on_presence(self, presence: Any) -> None: ...


def main(root: bytes) -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(**words: Any) -> None:
        print(json.dumps(words), file=answers, flush=True)

    sys.path.insert(0, str(HERE.parent))
    import whatsapp_device

    whatsapp_device.prepare(root)
    from clarin_web.devices.neonize_gateway import quiet
    from clarin_web.devices.neonize_gateway.client import NeonizeGateway

    gateway: Any = None
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "begin":
            about = {"proxy": os.environ["WHATSAPP_PROXY"]}
            gateway = NeonizeGateway(Path(order["file"]), order["session"] or None, **about)
            quiet.prepare_process = lambda *_: None  # the key is exchanged once
            gateway.start(_Heard(say))
        elif order["do"] == "send":
            say(send=_sent(gateway, order))
        else:
            _Heard.latest = None
            gateway._client.disconnect()
            say(ended=True)


def _sent(gateway: Any, order: dict[str, Any]) -> dict[str, Any]:
    from clarin_web.devices.gateway import Address, GatewayError, Kind
    from clarin_web.devices.outgoing import OutgoingText

    message = OutgoingText(wa_id="", chat=Address(Kind.USER, order["phone"]), text=order["text"])
    try:
        return {"wa_id": gateway.send(message).wa_id}
    except GatewayError as error:
        return {"error": type(error).__name__, "reason": error.reason}


if __name__ == "__main__":
    try:
        main(bytes.fromhex(sys.argv.pop(1)))
    except BaseException:  # noqa: BLE001 -- neonize's threads would keep the process, and the test waiting
        traceback.print_exc()
        os._exit(1)
