"""What the simulated WhatsApp of one device does: a JSON file, `<state_dir>/devices/<device id>.script.json`.

All times are seconds of a real person's life; CLARIN_SIM_SPEED divides them.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Persona:
    """A customer. `openings` are written unasked, one after the other; `answers` maps a word to replies.

    A line may be of another kind than text: "[photo] caption", see `kinds`.

    The answer whose word occurs in what we sent is used, else one of `answers[""]`, else of `small_talk`.
    `portrait`: the seed of their picture, empty for none, "hidden" for one that this number may not see.
    """

    phone: str  # digits
    name: str
    lid: str = ""  # set: writes from this private id, with the phone beside it
    openings: list[str] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    reads_after: Range = (2.0, 12.0)
    answers_after: Range = (6.0, 30.0)
    answer_chance: float = 0.8
    react_chance: float = 0.15
    quote_chance: float = 0.15
    media_chance: float = 0.0
    silent: bool = False  # gets the message, never reads it
    on_whatsapp: bool = True  # False: sending fails for good
    portrait: str = ""
    phone_book: str = ""  # how the number's phone calls them


@dataclass(frozen=True, slots=True)
class Group:
    """A group this number is in. `openings` are said by its members in turn; its name is told when asked for."""

    value: str  # "1203…@g.us"
    name: str
    members: list[str] = field(default_factory=list)  # phones of people of the script
    openings: list[str] = field(default_factory=list)
    portrait: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """The world around one number."""

    phone: str
    push_name: str = "Clarin"
    pair_after: float | None = 8.0  # seconds from the first code; None: nobody ever scans it
    refuses_typing: bool = False  # True: WhatsApp gives no letters to type on the phone
    hangs: bool = False  # True: every login is taken and never answered
    people: list[Persona] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    opens_every: Range | None = None  # seconds between unasked messages; None: only answers
    drops_every: Range | None = None  # seconds between short losses of the connection
    seed: int = 1
    small_talk: list[str] = field(default_factory=lambda: ["Ok, gracias 🙏", "Perfecto", "👍"])

    def person(self, value: str) -> Persona | None:
        return next((p for p in self.people if value in (p.phone, p.lid) and value), None)

    def group(self, value: str) -> Group | None:
        return next((group for group in self.groups if group.value == value), None)


def save(script: Script, path: Path) -> None:
    """Replace the script in one step: a running device reads it at any moment."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(dataclasses.asdict(script), ensure_ascii=False), encoding="utf-8")
    draft.replace(path)


def load(path: Path, device_id: int) -> Script:
    """The device's script, or a small default: a number that pairs and one customer who answers."""
    if not path.exists():
        return default(device_id)
    data = json.loads(path.read_text(encoding="utf-8"))
    people = [Persona(**_ranges(person)) for person in data.pop("people", [])]
    groups = [Group(**group) for group in data.pop("groups", [])]
    return Script(people=people, groups=groups, **_ranges(data))


def default(device_id: int) -> Script:
    customer = Persona(
        phone=f"519990{device_id % 100000:05d}",
        name="Lucía (simulada)",
        portrait=f"lucia-{device_id}",
        openings=["Hola, ¿me puede dar información?"],
        answers={"": ["Gracias, lo reviso y le aviso", "¿Y hacen envíos?", "Perfecto 🙌"]},
    )
    return Script(
        phone=f"519870{device_id % 100000:05d}", people=[customer], opens_every=(15.0, 40.0), seed=device_id
    )


def _ranges(data: dict[str, Any]) -> dict[str, Any]:
    return {
        k: tuple(v) if isinstance(v, list) and k.endswith(("after", "every")) else v for k, v in data.items()
    }  # type: ignore[misc]
