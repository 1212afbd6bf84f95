"""PostgreSQL refuses to run as root; here is who it runs as instead, without adding or opening anything.

A user namespace with one id makes geteuid() `nobody` inside while the files stay root's. Where a container
forbids namespaces, the server runs as the real `nobody`, from places which that user can reach.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clarin_web.local.processes import LINUX

FALLBACK = Path("/var/lib/clarin-embedded")


@dataclass
class RunAs:
    """How to start one cluster's programs: a command prefix, Popen options, and where things are."""

    bindir: Path
    data: Path
    log: Path
    prefix: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)

    def own(self, path: Path) -> None:
        """Give `path` to whoever the server runs as."""
        if "user" in self.options:
            os.chown(path, self.options["user"], self.options["group"])


def run_as(bindir: Path, data: Path, log: Path) -> RunAs:
    """Ordinary users run the server as themselves, root as `nobody`."""
    if os.geteuid() != 0:
        return RunAs(bindir, data, log)
    nobody = pwd.getpwnam("nobody")
    if prefix := _namespace(nobody.pw_uid):
        return RunAs(bindir, data, log, prefix)
    options = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return RunAs(_reachable_programs(bindir), _reachable_data(data), log, [], options)


def _namespace(uid: int) -> list[str]:
    """The unshare prefix, or nothing where the kernel or a container forbids it (CLARIN_NO_USERNS=1 too)."""
    if not LINUX or os.environ.get("CLARIN_NO_USERNS") == "1":
        return []
    if not (shutil.which("unshare") and shutil.which("setpriv")):
        return []
    prefix = ["unshare", "--user", f"--map-user={uid}", f"--map-group={uid}", "--"]
    if subprocess.run([*prefix, "true"], capture_output=True).returncode:
        return []
    # A new user namespace clears the death signal that preexec set: set it again inside.
    return [*prefix, "setpriv", "--pdeathsig", "INT", "--"]


def _is_reachable(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def _reachable_programs(bindir: Path) -> Path:
    """The binaries, copied under /var/lib when a parent is closed to `nobody` (/root is 0700)."""
    if _is_reachable(bindir):
        return bindir
    package = bindir.parent.parent
    copy = FALLBACK / package.name
    if not (copy / "pginstall/bin/postgres").exists():
        shutil.copytree(package, copy, symlinks=True, dirs_exist_ok=True)
        libraries = package.parent / f"{package.name}.libs"  # the binaries' RPATH names this sibling
        if libraries.exists():
            shutil.copytree(libraries, FALLBACK / libraries.name, dirs_exist_ok=True)
    return copy / "pginstall/bin"


def _reachable_data(data: Path) -> Path:
    if _is_reachable(data):
        return data
    FALLBACK.mkdir(mode=0o755, exist_ok=True)
    return FALLBACK / f"{data.name}-{hashlib.sha256(str(data).encode()).hexdigest()[:8]}"
