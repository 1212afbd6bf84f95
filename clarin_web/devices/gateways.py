"""Which gateway this installation uses, and where its files are."""

from __future__ import annotations

from pathlib import Path

from clarin_web.config import ConfigError, settings
from clarin_web.devices.gateway import Gateway


def folder() -> Path:
    """Session keys and simulated worlds; never inside the main database or its backups."""
    return settings().state_dir / "devices"


def make(device_id: int, session: str | None, proxy: str = "", pairing_phone: str = "") -> Gateway:
    """`pairing_phone` (digits): link by letters typed on that phone.

    Imports the implementation only here: a web process must never load neonize's Go library.
    """
    name = settings().device_gateway
    if name == "simulator":
        from clarin_web.devices.simulator.client import SimulatorGateway

        return SimulatorGateway(
            folder(), device_id, session, settings().sim_speed, pairing_phone=pairing_phone
        )
    if name == "neonize":
        from clarin_web.devices.neonize_gateway.client import NeonizeGateway

        return NeonizeGateway(folder() / f"{device_id}.db", session, proxy=proxy, pairing_phone=pairing_phone)
    raise ConfigError(f"CLARIN_DEVICE_GATEWAY is {name!r}: neonize or simulator")


def fetch(device_id: int, ref: bytes, path: Path, most: int, proxy: str) -> None:
    """Write the file behind `File.ref` to `path`, at most `most` bytes of it, never all of it in memory.

    In any process but a number's own: the libraries that fetch and decrypt weigh more than they should there.
    Raises GoneError, TooLargeError, PermanentError (not what was announced) or TransientError (try again later);
    `path` may then hold a part.
    """
    if settings().device_gateway == "simulator":
        from clarin_web.devices.simulator import files
        from clarin_web.devices.simulator.world import World

        return files.download(World(folder() / f"{device_id}.sim.db"), ref, path, most)
    from clarin_web.devices.neonize_gateway import downloading

    return downloading.download(ref, path, most, proxy or None)


def environment() -> dict[str, str]:
    """What a device's process is started with, whichever gateway it will use."""
    from clarin_web.devices.neonize_gateway.quiet import environment_from_birth

    return environment_from_birth()


def forget_session(device_id: int, *, removed: bool = False) -> None:
    """The device has no number any more: what would let a process speak as it goes too.

    `removed`: so does what was set aside of a damaged session.
    """
    from clarin_web.devices.neonize_gateway import store
    from clarin_web.devices.simulator.world import World

    file = folder() / f"{device_id}.db"
    store.forget_all(file) if removed else store.forget(file)
    if (world := folder() / f"{device_id}.sim.db").exists():
        World(world).remember("session", None)
