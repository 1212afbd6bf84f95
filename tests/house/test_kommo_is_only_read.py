"""Domain rule 11: nothing we run can write into a company's Kommo, but for turning its webhooks on and off."""

from __future__ import annotations

import ast
from pathlib import Path

from clarin_web.kommo import wire

KOMMO = Path(__file__).resolve().parents[2] / "clarin_web/kommo"


def test_only_the_client_speaks_http():
    speakers = {path.name for path in KOMMO.rglob("*.py") if imports_http(ast.parse(path.read_text()))}
    assert speakers <= {"wire.py"}, (
        f"requests to Kommo leave through wire.py, at one pace, to allowed hosts: {speakers}"
    )


def test_the_client_only_ever_gets_and_trades_tokens():
    calls = [
        node
        for node in ast.walk(ast.parse((KOMMO / "wire.py").read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("self._http.")
    ]
    sent = [call for call in calls if ast.unparse(call.func) != "self._http.close"]
    allowed = (
        "self._http.stream('GET', path, ",
        "self._http.stream('POST', TOKEN_PATH, ",
        "self._http.stream('POST', HOOKS_PATH, ",
        "self._http.stream('DELETE', HOOKS_PATH, ",
    )
    writing = [ast.unparse(call) for call in sent if not ast.unparse(call).startswith(allowed)]
    assert sent, "the client sends nothing any more: look here again"
    assert not writing, f"Kommo is read, never written (docs/domain.md, rule 11): {writing}"


def test_only_webhooks_are_written_and_only_where_they_are_turned_on_and_off():
    assert (wire.HOOKS_PATH, wire.TOKEN_PATH) == ("/api/v4/webhooks", "/oauth2/access_token")
    writers = {
        path.name
        for path in KOMMO.rglob("*.py")
        if any(f".{name}(" in path.read_text() for name in ("add_hook", "remove_hook"))
    }
    assert writers == {"subscribing.py"}


def imports_http(tree: ast.Module) -> bool:
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return bool(names & {"httpx", "requests", "urllib.request", "http.client"})
