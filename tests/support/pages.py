"""An answer of Clarin's, and what every whole page promises.

A page is parsed as strictly as a browser does it, once, and its promises are looked at in one pass: a CSS selector
walks the page again each time, and thousands of pages are asked for.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property

from bs4 import BeautifulSoup, Tag

OFFERS = (("href", "GET"), ("hx-get", "GET"), ("hx-post", "POST"), ("formaction", "POST"))


@dataclass
class Page:
    """An answer: its status, its text, and its elements by CSS selector."""

    status: int
    text: str
    headers: dict[str, str]
    statements: list[str]
    is_checked: bool = False

    @cached_property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.text, "html5lib")

    @cached_property
    def named(self) -> dict[str, list[Tag]]:
        """Its elements by their names."""
        found: dict[str, list[Tag]] = defaultdict(list)
        for element in self.soup.descendants:
            if isinstance(element, Tag):
                found[element.name].append(element)
        return found

    @property
    def elements(self) -> list[Tag]:
        return [element for some in list(self.named.values()) for element in some]

    def select(self, css: str) -> list[Tag]:
        return list(self.soup.select(css))

    def one(self, css: str) -> Tag:
        found = self.select(css)
        assert len(found) == 1, f"expected one {css}, found {len(found)}"
        return found[0]

    def texts(self, css: str) -> list[str]:
        return [" ".join(element.get_text(" ").split()) for element in self.select(css)]

    @property
    def location(self) -> str:
        return self.headers.get("HX-Redirect") or self.headers.get("Location", "")


def check_page(page: Page) -> None:
    """One h1 and title, unique ids, labelled fields, no inline scripts or styles, every form of ours with its token."""
    if page.is_checked:
        return
    ids = Counter(element["id"] for element in page.elements if "id" in element.attrs)
    doubles = [ident for ident, times in ids.items() if times > 1]
    assert not doubles, f"the same id twice on a page: {sorted(doubles)}"
    assert len(page.named["h1"]) == 1, f"a page has one h1, found {page.texts('h1')}"
    (title,) = page.named["title"]
    assert title.get_text(strip=True), "a page has a title"
    assert not list(inline(page)), "inline style or script: our CSP forbids both"
    check_fields(page)
    for form in page.named["form"]:
        if form.get("method", "").lower() == "post":
            assert form.select("[name=csrf_token]"), f"a form without csrf_field(): {form.get('action')}"
    page.is_checked = True


def inline(page: Page) -> list[Tag]:
    scripts = [script for script in page.named["script"] if "src" not in script.attrs]
    return [*(one for one in page.elements if "style" in one.attrs), *page.named["style"], *scripts]


def check_fields(page: Page) -> None:
    named = {label.get("for") for label in page.named["label"]}
    inputs = [field for field in page.named["input"] if field.get("type", "").lower() != "hidden"]
    for field in [*inputs, *page.named["select"], *page.named["textarea"]]:
        labelled = field.get("aria-label") or field.get("aria-labelledby") or field.find_parent("label")
        assert labelled or field.get("id", "") in named, f"a field without a label: {field}"


def offers(page: Page) -> set[tuple[str, str]]:
    """(address, method) of everything on the page that can be followed, asked or sent.

    Not of bubbles: they are drawn once for all, and a thread without data-may-write hides what is done with them.
    """
    bubbles = [article for article in page.named["article"] if "msg" in article.get("class", [])]
    of_bubbles = {id(element) for bubble in bubbles for element in bubble.descendants}
    elements = [element for element in page.elements if id(element) not in of_bubbles]
    found = {(one[name], way) for one in elements for name, way in OFFERS if name in one.attrs}
    forms = [form for form in page.named["form"] if "action" in form.attrs]
    found |= {(form["action"], form.get("method", "get").upper()) for form in forms}
    return {(re.split("[?#]", address)[0], way) for address, way in found if address.startswith("/")}
