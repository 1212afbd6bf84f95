"""An embedded Valkey: started, stopped, restarted on the same socket. Losing it loses seconds, not data."""

from __future__ import annotations

import signal
import socket
import subprocess
from pathlib import Path

from clarin_web.local.processes import Patience, spawn, stop, wait_ready
from clarin_web.local.programs import find_valkey

PATIENCE: Patience = ((signal.SIGTERM, 5), (signal.SIGKILL, 5))


class Valkey:
    """One server with its data under `home`, on a socket in `sockets`."""

    name = "valkey"

    def __init__(self, home: Path, sockets: Path, *, throwaway: bool = False) -> None:
        self.data, self.log = home / "valkey", home / "valkey.log"
        self.socket, self.throwaway = sockets / "valkey.sock", throwaway
        self.process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        """The address that everything else needs."""
        return {"REDIS_URL": f"unix://{self.socket}?db=0"}

    def start(self) -> None:
        """Bring it up; after kill -9 the append-only file brings back all but the last second."""
        self.data.mkdir(parents=True, exist_ok=True)
        keep = (
            ["--appendonly", "no"] if self.throwaway else ["--appendonly", "yes", "--appendfsync", "everysec"]
        )
        where: list[str | Path] = [
            "--port",
            "0",
            "--unixsocket",
            self.socket,
            "--unixsocketperm",
            "700",
            "--dir",
            self.data,
        ]
        # noeviction: a full broker must refuse, never quietly forget a wake-up.
        limits = ["--maxmemory", "256mb", "--maxmemory-policy", "noeviction"]
        with open(self.log, "ab") as log:
            command: list[str | Path] = [find_valkey(), *where, "--save", "", *keep, *limits]
            self.process = spawn(command, stop=signal.SIGTERM, output=log)
        wait_ready(self.process, self._answers, "Valkey", self.log)

    def stop(self) -> None:
        if self.process:
            stop(self.process, PATIENCE)

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1)
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
