"""Browser files without a CDN and without a node build: `python -m clarin_web.local.vendoring lock|fetch|check`.

vendor.json names exact versions and files; vendor.lock.json holds each tarball's integrity as npm states it and the
digest of every file we committed. `check` is offline, so CI notices a changed byte without asking anybody.
"""

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

from clarin_web.local.sprite import sprite

ROOT = Path(__file__).resolve().parents[2]
SPEC, LOCK = ROOT / "vendor.json", ROOT / "vendor.lock.json"
VENDOR, ICONS = ROOT / "static" / "vendor", ROOT / "static" / "icons.svg"


def check() -> list[str]:
    """Every difference between what is committed, what is locked and what is asked for."""
    spec, lock, problems, known = _read(SPEC), _read(LOCK), [], set()
    for name, entry in lock.items():
        if spec.get(name, {}).get("version") != entry["version"]:
            problems.append(f"{name}: vendor.json and vendor.lock.json name different versions; run `lock`.")
        for placed, digest in entry["files"].items():
            known.add(placed)
            problems += _differs(ROOT / placed, digest)
    present = {str(path.relative_to(ROOT)) for path in VENDOR.rglob("*") if path.is_file()}
    return problems + [
        f"{stray}: not in vendor.lock.json; add it to vendor.json." for stray in present - known
    ]


def place(*, locked: bool) -> dict[str, dict]:
    """Download and put every file in its place; with `locked`, refuse a tarball that differs from the lock."""
    lock = _read(LOCK) if locked else {}
    placed = {}
    for name, entry in _read(SPEC).items():
        tarball = _pack(name, entry["version"])
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
        if locked and lock[name]["integrity"] != integrity:
            raise SystemExit(
                f"{name}: the registry sent {integrity}, the lock says {lock[name]['integrity']}"
            )
        files = _unpack(tarball, entry["files"])
        placed[name] = {"version": entry["version"], "integrity": integrity, "files": files}
    return placed


def _unpack(tarball: bytes, wanted: dict[str, str | None]) -> dict[str, str]:
    digests = {}
    with tarfile.open(fileobj=BytesIO(tarball)) as archive:
        for source, name in wanted.items():
            member = archive.extractfile(f"package/{source}")
            if member is None:
                raise SystemExit(f"{source} is not a file of the package")
            content = member.read()
            target = VENDOR / name if name else ICONS
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if name else sprite(json.loads(content)).encode())
            digests[str(target.relative_to(ROOT))] = _sha256(target)
    return digests


def _pack(name: str, version: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", f"{name}@{version}", "--ignore-scripts", "--pack-destination", folder]
        subprocess.run(command, check=True, capture_output=True)
        return next(Path(folder).glob("*.tgz")).read_bytes()


def _differs(path: Path, digest: str) -> list[str]:
    if not path.exists():
        return [f"{path.relative_to(ROOT)}: missing; run `fetch`."]
    return [] if _sha256(path) == digest else [f"{path.relative_to(ROOT)}: changed by hand; run `fetch`."]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read(path: Path) -> dict:
    return json.loads(path.read_text())


def main(verb: str) -> None:
    """The three verbs of the command line."""
    if verb == "check":
        raise SystemExit("\n".join(check()))
    elif verb == "fetch":
        place(locked=True)
    elif verb == "lock":
        LOCK.write_text(json.dumps(place(locked=False), indent=1, sort_keys=True) + "\n")
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
