"""Every refusal has words: each code raised anywhere in the product has a sentence a person can use."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from clarin_web.lib import errors
from clarin_web.local.home import ROOT
from clarin_web.web.errors import TEXTS

SOURCES = sorted((ROOT / "clarin_web").rglob("*.py"))
# What is not there says so with its status, whatever it was: a noun tells a stranger nothing.
NOUNS = {"NotFound"}
# Shown with its fields, each of which has a sentence of its own.
WHOLE_FORM = {"invalid"}


def refusals() -> set[str]:
    """The names of DomainError and all its subclasses, wherever they are declared."""
    found, todo = set(), [errors.DomainError]
    while todo:
        kind = todo.pop()
        found.add(kind.__name__)
        todo += kind.__subclasses__()
    return found - {"DomainError"}


def codes() -> Iterator[tuple[Path, int, str]]:
    """(file, line, code) of each refusal raised and each field refused; "kommo_*" for what is put together."""
    kinds = refusals()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            said: list[ast.expr] = []
            if name in kinds:
                said += [] if name in NOUNS else node.args[:1]
                for fields in [*node.args[1:2], *(k.value for k in node.keywords if k.arg == "fields")]:
                    said += fields.values if isinstance(fields, ast.Dict) else []
            elif name == "fail" and isinstance(node.func, ast.Attribute):
                said += node.args[1:2]
            for each in said:
                if code := _text(each):
                    yield path.relative_to(ROOT), node.lineno, code


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
        return f"{node.values[0].value}*"
    return ""


def has_sentence(code: str) -> bool:
    if code.endswith("*"):
        return any(known.startswith(code[:-1]) for known in TEXTS)
    return code in TEXTS or code in WHOLE_FORM


def test_every_code_has_a_sentence(app: Flask) -> None:
    missing = sorted(f"{path}:{line}: {code}" for path, line, code in codes() if not has_sentence(code))
    assert not missing, "say it in words, in TEXTS of web/errors or of the feature:\n  " + "\n  ".join(
        missing
    )


def test_the_search_for_codes_finds_what_is_raised() -> None:
    found = {code for _path, _line, code in codes()}
    assert {
        "merge_undone",
        "device_not_linked",
        "do_not_contact",
        "kommo_*",
        "own_number",
        "not_a_date",
    } <= found
