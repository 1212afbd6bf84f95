"""The few system packages that no wheel carries. Standard library only: `dev` runs it before .venv."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import sys


def works(*command: str) -> bool:
    """Whether a program exists and ends well."""
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def apt_install(*packages: str) -> bool:
    """Install Debian packages where we may; False where we may not, or there is no apt."""
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (sudo and not works(*sudo, "true")):
        return False
    print(f"[dev] installing {' '.join(packages)} with apt-get (once)", file=sys.stderr, flush=True)
    apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    install = [*apt, "install", "-y", "--no-install-recommends", *packages]
    # A machine's package list may be old or absent: try as it is, then with a new list.
    return works(*install) or (works(*apt, "update") and works(*install))


def ensure_libmagic() -> bool:
    """neonize recognises files with the system's libmagic. Without it only real WhatsApp numbers are lost."""
    return bool(ctypes.util.find_library("magic")) or apt_install("libmagic1")
