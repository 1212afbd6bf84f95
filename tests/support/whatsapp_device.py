"""A device's process that believes in a WhatsApp of ours: `worker.py`, with one key in memory exchanged.

Started as `python whatsapp_device.py <root key> device --account …`. The product has no such door: the key lies in
neonize's library and is changed there, right after the library is loaded as the product loads it.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Public, and the same in every client: what WhatsApp's servers must be able to show a chain to.
WHATSAPPS_ROOT = bytes.fromhex("142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b")

# Libraries of the tests that others take up where they find them: the process is to load, and to weigh, what it does
# with those of requirements.lock.
ONLY_IN_TESTS = ("rich", "pygments")


def believe_in(root: bytes) -> None:
    """Put our root where neonize keeps WhatsApp's."""
    import tokens

    ctypes.CDLL(str(tokens.library()))
    for start, content in tokens.mappings("rw-"):
        at = content.find(WHATSAPPS_ROOT)
        if at >= 0:
            ctypes.memmove(start + at, root, len(root))
            return
    raise LookupError("WhatsApp's root key is not in neonize's memory")


def prepare(root: bytes) -> None:
    """The library reads its environment when it is loaded, so that waits until the product has prepared it."""
    sys.modules.update(dict.fromkeys(ONLY_IN_TESTS))  # as if they were not installed
    sys.path[:0] = [str(HERE.parents[1]), str(HERE / "whatsapp_server")]
    from clarin_web.devices.neonize_gateway import quiet

    prepare_process = quiet.prepare_process

    def prepare_and_believe(*arguments: object) -> None:
        prepare_process(*arguments)
        believe_in(root)

    quiet.prepare_process = prepare_and_believe


def main(root: bytes) -> None:
    prepare(root)
    import worker

    worker.main()


if __name__ == "__main__":
    main(bytes.fromhex(sys.argv.pop(1)))
