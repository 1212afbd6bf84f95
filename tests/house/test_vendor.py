"""What reaches the browser: vendored bytes are the locked ones, nothing runs inline, nothing grows unnoticed."""

import gzip
import re
from pathlib import Path

import pytest

from clarin_web.local import vendoring
from clarin_web.local.sprite import ICONS

ROOT = Path(__file__).resolve().parents[2]
STATIC, TEMPLATES = ROOT / "static", ROOT / "templates"
PAGES = sorted(TEMPLATES.rglob("*.html"))
SCRIPTS = sorted((STATIC / "js").rglob("*.js"))
SHEETS = sorted((STATIC / "css").glob("*.css"))

INBOX = (
    "composer",
    "modes",
    "bubbles",
    "keep_scroll",
    "autosave",
    "submit_on_enter",
    "locate",
    "attach",
    "record",
    "jump",
    "file_away",
    "open_chat",
)  # loaded by the inbox and its sheets only
PAGES_WITH_ASSETS = (
    "layouts/_assets.html",
    "leads/board.html",
    "leads/list.html",
    "chats/_assets.html",
    "devices/_assets.html",
)

FORBIDDEN = {
    r"\bhx-on\b|\bhx-on:": "hx-on is eval; write a behaviour in static/js/behaviours",
    r"\son[a-z]+=": "inline handlers are refused by the CSP; write a behaviour",
    r"\sstyle=": "style= is refused by the CSP; use a class or <progress>",
    r"<style\b": "styles live in static/css",
    r"<script(?![^>]*\ssrc=)": "scripts live in static/js",
    r"\|\s*safe\b": "nothing is safe; build markup in lib/wa_text.py or web/",
    r"javascript:|[\"']js:": "js: is eval and is refused",
    r"hx-trigger=\"[^\"]*\[": "a [filter] in hx-trigger is eval and is refused",
    r"https?://[^\"']*\.(js|css|woff2)": "no CDN: vendor it (vendor.json)",
}


def compressed(paths: list[Path]) -> int:
    """Bytes on the wire when each file travels gzipped on its own."""
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in paths)


def test_vendored_files_are_the_locked_ones():
    assert vendoring.check() == []


def test_a_changed_byte_is_noticed(tmp_path, monkeypatch):
    copy = tmp_path / "static" / "vendor" / "htmx.js"
    copy.parent.mkdir(parents=True)
    copy.write_bytes((STATIC / "vendor" / "htmx.js").read_bytes() + b" ")
    monkeypatch.setattr(vendoring, "ROOT", tmp_path)
    monkeypatch.setattr(vendoring, "VENDOR", copy.parent)
    assert "static/vendor/htmx.js: changed by hand; run `fetch`." in vendoring.check()


@pytest.mark.parametrize("template", PAGES, ids=lambda template: str(template.relative_to(TEMPLATES)))
def test_templates_run_nothing_inline(template):
    markup = re.sub(r"\{#.*?#\}", "", template.read_text(), flags=re.S)
    offences = [why for pattern, why in FORBIDDEN.items() if re.search(pattern, markup)]
    assert offences == []


def test_every_icon_named_in_a_template_is_in_the_sprite():
    named = {
        (name, str(page.relative_to(TEMPLATES)))
        for page in PAGES
        for name in re.findall(r"icon(?:_name)?(?:\(|=)\"([a-z0-9-]+)\"", page.read_text())
    }
    unknown = [f"{page}: {name}" for name, page in sorted(named) if name not in ICONS]
    assert unknown == [], "add the name to clarin_web/local/sprite.py and run vendoring lock"


def test_scripts_never_evaluate_nor_write_raw_html():
    for script in SCRIPTS:
        text = script.read_text()
        assert not re.search(r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write", text), (
            script
        )


def test_our_scripts_stay_small():
    assert compressed([STATIC / "js" / "live.js"]) <= 2560
    boards = [script for script in SCRIPTS if script.stem in ("drag_to", "move_card")]  # only that page
    numbers = [script for script in SCRIPTS if script.stem == "countdown"]  # loads them, and so on
    lists = [script for script in SCRIPTS if script.stem in ("announce_changes", "follow_address")]
    inbox = [script for script in SCRIPTS if script.stem in INBOX]
    everywhere = [script for script in SCRIPTS if script not in boards + numbers + lists + inbox]
    assert compressed(everywhere) + compressed([STATIC / "vendor" / "htmx.js"]) <= 39 * 1024
    assert compressed(lists) <= 2 * 1024
    assert compressed(boards) <= 4 * 1024
    assert compressed(inbox) <= 14 * 1024
    assert all(len(script.read_text().splitlines()) <= 150 for script in SCRIPTS)


def test_our_styles_stay_small():
    composer = [sheet for sheet in SHEETS if sheet.stem in INBOX]
    numbers = [sheet for sheet in SHEETS if sheet.stem == "devices"]
    paper = [sheet for sheet in SHEETS if sheet.stem == "print"]  # no page on a screen waits for it
    assert compressed([sheet for sheet in SHEETS if sheet not in composer + numbers + paper]) <= 16 * 1024
    assert compressed(composer) <= 4 * 1024
    assert compressed(numbers + paper) <= 2 * 1024
    assert all(len(sheet.read_text().splitlines()) <= 300 for sheet in SHEETS)


def test_icons_stay_small():
    assert compressed([STATIC / "icons.svg"]) <= 4 * 1024


def test_classes_used_by_our_kit_are_styled():
    css = "".join(sheet.read_text() for sheet in SHEETS)
    kit = (TEMPLATES / "ui" / "kit.html").read_text()
    used = {name for value in re.findall(r'class="([^"{]+)"', kit) for name in value.split()}
    assert sorted(name for name in used if not re.search(rf"\.{name}\b", css)) == []


def test_the_head_links_every_sheet_and_script_of_ours():
    head = "".join((TEMPLATES / page).read_text() for page in PAGES_WITH_ASSETS)
    missing = [path.name for path in [*SHEETS, *SCRIPTS] if f'"{path.stem}"' not in head]
    assert missing == [], "list it in templates/layouts/_assets.html, or delete it"
