"""Docs name what exists: tests, settings, files, and where every fact leads."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from clarin_web import events
from clarin_web.subscriptions import SUBSCRIPTIONS

ROOT = Path(__file__).resolve().parents[2]
DOCS = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]+)")
SETTING = re.compile(r"[A-Z][A-Z_]+")

# Written down for the timeline and the audit trail; no open page shows them, so nothing follows.
ONLY_WRITTEN: set[type[events.Fact]] = {
    events.ContactRenamed,
    events.DeviceAdded,
    events.DeviceLinked,
    events.DeviceLoggedOut,
    events.DeviceRemoved,
    events.DeviceRestored,
    events.SendingResumed,
    events.SendingStopped,
    events.SignInFailed,
    events.UserSignedIn,
}


def test_every_test_named_in_the_domain_exists():
    named = NAMED_TEST.findall((ROOT / "docs/domain.md").read_text())
    missing = [f"{path}::{name}" for path, name in named if name not in functions_of(ROOT / path)]
    assert named, "docs/domain.md names no test any more"
    assert not missing, "docs/domain.md promises tests that are not there:\n" + "\n".join(missing)


def test_every_rule_of_the_domain_names_a_test():
    _intro, *rules = re.split(r"^### ", (ROOT / "docs/domain.md").read_text(), flags=re.MULTILINE)
    silent = [rule.splitlines()[0] for rule in rules if not NAMED_TEST.search(rule)]
    assert len(rules) == 15, "product rules are numbered 1 to 15"
    assert not silent, f"say which test fails when the rule is broken: {silent}"


def test_every_setting_is_explained():
    explained = (ROOT / "docs/settings.md").read_text()
    silent = sorted(name for name in settings_read() if f"`{name}`" not in explained)
    assert not silent, f"clarin_web/config.py reads these; docs/settings.md must say what they do: {silent}"


def test_every_fact_leads_somewhere_or_says_that_it_does_not():
    kinds = kinds_of_facts()
    undecided = sorted(kind.__name__ for kind in kinds - set(SUBSCRIPTIONS) - ONLY_WRITTEN)
    both = sorted(kind.__name__ for kind in ONLY_WRITTEN & set(SUBSCRIPTIONS))
    unwritten = sorted(kind.__name__ for kind in ONLY_WRITTEN if not kind.durable)
    assert not undecided, f"add to subscriptions.SUBSCRIPTIONS, or to ONLY_WRITTEN here: {undecided}"
    assert not both, f"these have subscriptions now; take them off ONLY_WRITTEN: {both}"
    assert not unwritten, f"neither written nor listened to, so nobody needs them: {unwritten}"


def test_links_between_documents_lead_somewhere():
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in DOCS
        for target in LINK.findall(path.read_text())
        if not (path.parent / target).exists()
    ]
    assert not broken, "\n".join(broken)


def test_decisions_stay_short():
    long = [path.name for path in (ROOT / "docs/adr").glob("*.md") if len(path.read_text().splitlines()) > 90]
    assert not long, f"a decision fits on a page: {long}"
    assert len((ROOT / "ARCHITECTURE.md").read_text().splitlines()) <= 200


def functions_of(path: Path) -> set[str]:
    if not path.exists():
        return set()
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def settings_read() -> set[str]:
    """Variables named in a call in config.py: `os.environ.get("X")`, `_required("X")`, `_flag("X", …)`."""
    calls = [
        node
        for node in ast.walk(ast.parse((ROOT / "clarin_web/config.py").read_text()))
        if isinstance(node, ast.Call)
    ]
    firsts = [call.args[0].value for call in calls if call.args and isinstance(call.args[0], ast.Constant)]
    return {name for name in firsts if isinstance(name, str) and SETTING.fullmatch(name)}


def kinds_of_facts() -> set[type[events.Fact]]:
    """By name: a dataclass with slots leaves its first self behind among the subclasses."""
    facts = {
        each for each in vars(events).values() if isinstance(each, type) and issubclass(each, events.Fact)
    }
    return {
        kind for kind in facts if not any(other is not kind and issubclass(other, kind) for other in facts)
    }
