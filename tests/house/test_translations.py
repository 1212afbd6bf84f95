"""Every word a person reads exists in every language, and no catalog carries words nobody says."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from babel.messages.catalog import Message

from clarin_web.local import messages
from clarin_web.web.i18n import LOCALES, Reader, gettext, ngettext, reading_as

REFRESH = (
    "Run ./dev py -m clarin_web.local.messages, then write what is empty in clarin_web/translations/{}.po"
)
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
# A block of class names, and pieces of a tag that a macro prints: nobody reads them.
CLASSES = re.compile(r"\{% block page %\}.*?\{% endblock %\}", re.DOTALL)
ATTRIBUTE = re.compile(r"""[\w-]+=["'][^"']*["'].*""", re.DOTALL)
# Proper names are the same in every language.
NAMES = {"clarin", "kommo", "whatsapp"}
SPOKEN_ATTRIBUTES = {"aria-label", "title", "placeholder", "alt"}
languages = pytest.mark.parametrize("locale", messages.languages())


@pytest.fixture(scope="module")
def spoken() -> dict[messages.Key, list[str]]:
    return messages.extract()


def texts(value: object) -> list[str]:
    return [str(text) for text in (value if isinstance(value, list | tuple) else [value])]


@languages
def test_every_message_is_translated(locale, spoken):
    catalog = messages.read(locale)
    missing = []
    for key, files in spoken.items():
        found = catalog.get(messages._first(key))
        if not (found and found.pluralizable == isinstance(key, tuple) and messages.is_translated(found)):
            missing.append(f"  {key!r}  said in {', '.join(files)}")
    assert not missing, f"{REFRESH.format(locale)}:\n" + "\n".join(missing)


@languages
def test_no_catalog_holds_words_nobody_says(locale, spoken):
    said = {messages._first(key) for key in spoken}
    unused = [texts(m.id)[0] for m in messages.read(locale) if m.id and texts(m.id)[0] not in said]
    assert not unused, f"{REFRESH.format(locale)}. Nobody says any more:\n" + "\n".join(unused)


@languages
def test_a_translation_says_no_sentence_more_often_than_its_source(locale):
    """A text pasted several times over is complete for every other test here."""
    again = [
        texts(m.id)[0]
        for m in messages.read(locale)
        if m.id
        for form in texts(m.string)
        if most_repeated(form) > max(map(most_repeated, texts(m.id)))
    ]
    assert not again, f"said several times in {locale}:\n" + "\n".join(again)


def most_repeated(text: str) -> int:
    """How often the most frequent sentence of a text stands in it; short ones ("No. No.") are meant."""
    said = Counter(sentence.strip() for sentence in re.split(r"[.!?…]\s*", text) if len(sentence) > 12)
    return max(said.values(), default=1)


@languages
def test_a_translation_fills_the_same_blanks(locale):
    wrong = [broken for m in messages.read(locale) if m.id and (broken := unlike_source(m))]
    assert not wrong, f"the %(name)s of a message must all be in its translation ({locale}):\n" + "\n".join(
        wrong
    )


def unlike_source(message: Message) -> str:
    wanted = set(PLACEHOLDER.findall(" ".join(texts(message.id))))
    for text in filter(None, texts(message.string)):
        # The form for one may say "one" in words; no other blank may be missing, and none may be invented.
        have = set(PLACEHOLDER.findall(text))
        if have - wanted or wanted - have - ({"num"} if message.pluralizable else set()):
            return f"  {texts(message.id)[0]!r} wants {sorted(wanted)}, {text!r} has {sorted(have)}"
    return ""


@languages
def test_a_catalog_is_as_the_command_writes_it(locale, tmp_path, monkeypatch, spoken):
    before = messages.catalog_path(locale).read_text()
    refreshed = messages.refreshed(locale, list(spoken))
    monkeypatch.setattr(messages, "DIRECTORY", tmp_path)
    messages.write(locale, refreshed)
    after = messages.catalog_path(locale).read_text()
    assert after == before, f"{REFRESH.format(locale)}: it is not sorted and wrapped as the command leaves it"


def test_a_message_is_counted_everywhere_or_nowhere(spoken):
    counted = {key[0] for key in spoken if isinstance(key, tuple)}
    both = sorted(counted & {key for key in spoken if isinstance(key, str)})
    assert not both, (
        f"a catalog holds one entry per text: use ngettext for it everywhere, or reword one: {both}"
    )


def test_templates_say_nothing_outside_the_catalog():
    bare = []
    for path in sorted(messages.TEMPLATES.rglob("*.html")):
        page = Words()
        page.feed(JINJA.sub("", CLASSES.sub("", path.read_text())))
        bare += [f"  {path.relative_to(messages.ROOT)}: {words!r}" for words in page.found]
    assert not bare, 'a person reads these in English only; write {{ _("…") }}:\n' + "\n".join(bare)


def test_bare_words_are_noticed():
    page = Words()
    page.feed('<p title="Close it">Kommo <b>Hello</b><code>./dev run</code></p><script>let it = be</script>')

    assert page.found == ["Close it", "Hello"]


def test_the_same_page_speaks_three_languages():
    said = {}
    for locale in LOCALES:
        with reading_as(Reader(locale=locale)):
            said[locale] = (gettext("Inbox"), ngettext("%(num)s lead", "%(num)s leads", 1))

    assert said["en"] == ("Inbox", "1 lead")
    assert said["es"] == ("Bandeja", "1 lead")
    assert said["pt"] == ("Caixa de entrada", "1 lead")


class Words(HTMLParser):
    """Texts and spoken attributes with a word in them that is no proper name; what Jinja prints is gone already."""

    silent = ("script", "style", "code", "svg")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.silent:
            self.inside.append(tag)
        for name, value in attrs:
            if name in SPOKEN_ATTRIBUTES:
                self.hear(value or "")

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.hear(data)

    def hear(self, text: str) -> None:
        words = re.findall(r"[^\W\d_]{2,}", ATTRIBUTE.sub("", text))
        if any(word.lower() not in NAMES for word in words):
            self.found.append(" ".join(text.split()))
