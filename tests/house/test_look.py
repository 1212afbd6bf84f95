"""The look hangs together: every variable of a stylesheet is there, emoji have fonts, live regions are morphed."""

import re

from clarin_web.local.home import ROOT

CSS = {path.name: path.read_text() for path in sorted((ROOT / "static/css").glob("*.css"))}
BY_PLACE = {
    "av",
    "tint",
    "tint-ink",
}  # set by a class beside the one that reads it, with a fallback where it may lack


def test_every_variable_that_is_used_is_set_somewhere():
    set_here = {name for text in CSS.values() for name in re.findall(r"--([\w-]+)\s*:", text)}
    used = {name for text in CSS.values() for name in re.findall(r"var\(--([\w-]+)", text)}
    assert used - set_here - BY_PLACE == set()


def test_the_fonts_name_those_that_draw_emoji_on_every_system():
    tokens = CSS["tokens.css"]
    emoji = re.search(r"--emoji:([^;]+);", tokens).group(1)
    for font in ("Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji"):
        assert font in emoji
    text, code = (re.search(rf"--{name}:([^;]+);", tokens).group(1) for name in ("font", "mono"))
    # Emoji fonts also have digits: in text they come after ours, in code after the last of all.
    assert (
        text.index("Inter Variable")
        < text.index("var(--emoji)")
        < text.index("sans-serif", text.index("Roboto"))
    )
    assert code.rstrip().endswith("monospace, var(--emoji)")


def test_what_is_live_is_morphed():
    """A live region that replaced its nodes would take a button from under a click, and close what is open in it."""
    replaced = []
    for path in (ROOT / "templates").rglob("*.html"):
        for tag in re.findall(r"<\w+[^>]*\bdata-live-topic=[^>]*>", path.read_text()):
            swap = re.search(r'hx-swap="(\w+)', tag)
            if not swap or swap[1] not in ("innerMorph", "outerMorph", "none"):
                replaced.append(f"{path.name}: {tag[:120]}")
    assert replaced == []


def test_a_failed_message_and_its_tick_do_not_share_a_look():
    """`.msg .failed` once drew the tick as a bar of its own."""
    assert re.findall(r"(?<!tick)(?<!&)\.failed\b", CSS["chats.css"] + CSS["bubbles.css"]) == []
