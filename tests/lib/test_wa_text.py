"""WhatsApp's marks become the HTML one expects, and nothing a customer types becomes more than that."""

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clarin_web.lib.wa_text import wa_html, wa_preview

ALLOWED = {"strong", "em", "s", "code", "pre", "br", "span", "a"}
XSS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    'https://x.y/"onmouseover=alert(1)',
    "https://x.y/'><svg/onload=alert(1)>",
    "*<b>bold</b>*",
    "```<script>```",
    "`<img src=x>`",
    "> <iframe>",
    "data:text/html,<script>",
    "https://a.b/`onclick=x`",
    "<a href='https://x'>x</a>",
    "&lt;script&gt;",
    "{{ 7*7 }}",
    "<hx-partial hx-target='body'>",
    "hx-get=/x",
    'https://x.y/\\"><script>',
    "_<_>_",
    "*a_b*c_",
    "\u202ehttps://evil\u202c",
    "https://user@evil.example/*x*",
    "</code></pre><script>",
]


class Tags(HTMLParser):
    """Every tag and attribute the browser would see, and whether they nest."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open, self.seen, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def parsed(text: str) -> Tags:
    tags = Tags()
    tags.feed(str(wa_html(text)))
    tags.close()
    assert tags.open == []
    return tags


def assert_safe(text: str) -> None:
    for tag, attrs in parsed(text).seen:
        assert tag in ALLOWED
        if tag == "a":
            assert attrs.pop("href").startswith(("http://", "https://", "mailto:"))
            assert attrs == {"target": "_blank", "rel": "noopener noreferrer nofollow ugc"}
        elif tag == "span":
            assert attrs == {"class": "quote"}
        else:
            assert attrs == {}


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("*bold* _it_ ~no~", "<strong>bold</strong> <em>it</em> <s>no</s>"),
        ("*_both_*", "<strong><em>both</em></strong>"),
        ("*a _b* c_", "<strong>a _b</strong> c_"),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
        ("* not * bold", "* not * bold"),
        ("**", "**"),
        ("*open\n*line*", "*open<br><strong>line</strong>"),
        ("`*code*`", "<code>*code*</code>"),
        ("```a\n*b*```", "<pre><code>a\n*b*</code></pre>"),
        ("``` never closed", "``` never closed"),
        ("> said\nyes", '<span class="quote">said</span><br>yes'),
        ("a & <b>", "a &amp; &lt;b&gt;"),
    ],
)
def test_marks_become_html(typed, shown):
    assert str(wa_html(typed)) == shown


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("see https://clarin.example/f/x200.", "https://clarin.example/f/x200"),
        ("(https://en.wikipedia.org/wiki/Foo_(bar))", "https://en.wikipedia.org/wiki/Foo_(bar)"),
        ("*https://a.example*", "https://a.example"),
        ("http://a.example/?q=1&r=2", "http://a.example/?q=1&r=2"),
        ("Https://tienda.example/ofertas", "https://tienda.example/ofertas"),
        ("HTTP://TIENDA.EXAMPLE", "http://TIENDA.EXAMPLE"),
        ("www.tienda.example", "https://www.tienda.example"),
        ("WWW.tienda.example/a?b=1.", "https://WWW.tienda.example/a?b=1"),
        ("míralo:wa.me/51987654321, gracias", ""),
        ("míralo: wa.me/51987654321, gracias", "https://wa.me/51987654321"),
        ("tienda.com.pe", "https://tienda.com.pe"),
        ("(Tienda.COM/ofertas)", "https://Tienda.COM/ofertas"),
        ("instagram.com.", "https://instagram.com"),
        ("escribe a ana.ruiz+web@tienda.example.", "mailto:ana.ruiz+web@tienda.example"),
        ("listo.es bueno", ""),
        ("son 3.500.com", "https://3.500.com"),
        ("a las 10.30 www. o www.", ""),
        ("archivo.pdf y nota.doc", ""),
        ("*www.tienda.example*", "https://www.tienda.example"),
        ("instagram.com/rosa_paz_", "https://instagram.com/rosa_paz_"),
        ("_mira instagram.com/rosa_", "https://instagram.com/rosa"),
        ("«https://x.example»", "https://x.example"),
        ("“https://x.example/a”, dice", "https://x.example/a"),
        ("https://x.example，hola", "https://x.example"),
        ("www.rosa.pe,gracias", "https://www.rosa.pe"),
    ],
)
def test_addresses_become_links_without_the_sentence(typed, address):
    assert [attrs["href"] for tag, attrs in parsed(typed).seen if tag == "a"] == (
        [address] if address else []
    )


def test_an_address_inside_a_word_or_without_host_is_text():
    assert "<a" not in wa_html("xhttps://a.example https:// http://...")


@pytest.mark.parametrize("text", XSS)
def test_hostile_text_stays_text(text):
    assert_safe(text)


def test_controls_and_direction_overrides_are_removed():
    assert str(wa_html("a\x00b\u202ec\u2066d\u2028e\x07")) == "abcde"


def test_a_tower_of_combining_marks_is_cut_to_four():
    assert str(wa_html("e" + "\u0301" * 60_000)) == "e" + "\u0301" * 4


@given(
    st.text(alphabet=st.sampled_from(list("*_~`> \nha<\"'&/:.()tps\u202e\u0301é")), max_size=300)
    | st.text(max_size=300)
)
@settings(max_examples=300, deadline=None)
def test_any_text_is_safe_and_keeps_its_letters(text):
    assert_safe(text)
    shown = [ch for ch in "".join(parsed(text).text) if ch.isalnum()]
    assert shown == [ch for ch in text if ch.isalnum() and ch not in "\u202e"]


@pytest.mark.parametrize(
    "unit",
    [
        "*",
        "_~*",
        "`",
        "h",
        "https://",
        "*a ",
        "```",
        "> ",
        "\u0301",
        "(",
        "https://a)",
        "*_~`",
        "https://a.b ",
        "a.",
        "x@y.pe ",
    ],
)
def test_time_grows_with_length_only(unit):
    """Read in a square of its length it would cost a minute of processor; how busy the machine is does not count."""
    text = (unit * 65_536)[:65_536]
    started = time.process_time()
    wa_html(text)
    assert time.process_time() - started < 5.0


def test_a_preview_is_one_short_plain_line():
    assert wa_preview("a\n\n b\x00") == "a b"
    assert wa_preview("x" * 500, 10) == "xxxxxxxxx…"
    assert wa_preview(None) == ""


def test_a_preview_bears_no_marks_and_stays_text():
    assert wa_preview("*Hola* _a_ ~b~\n> `c` ```d\ne``` 2*3 <b>") == "Hola a b c d e 2*3 <b>"
