"""Values nobody means and somebody sends, as bytes of a URL or a form: what is checked one way and used another."""

from __future__ import annotations

import base64
import json
import random

WORD = "Quispebamba"  # stands in the odd values and in the rows: no log may have it

NUMBERS = ["--5", "-0", "+5", "5-", "²", "٣", "５", "𝟝", "0" * 50, "0" * 5000, "9" * 19, "9" * 400, "9" * 5000, "1_0", "0x10",
           "1e3", "1e400000", "-1e400000", "1E-400000", "NaN", "sNaN", "-sNaN123", "Infinity", "-inf", "1.5", "1,2,3", ".", "-", ",",
           "1.", "1..2", "0.005", " 7 ", "7\u200b", "7\u202e", "\u00a07", "1 000", "99999999999999.999", "½",
           *(str(sign * 2**bits + more) for bits in (15, 31, 32, 53, 63, 64) for more in (-1, 0, 1) for sign in (1, -1))]  # fmt: skip
TEXTS = ["\0", f"{WORD}\0", f"\ud800{WORD}", "\udfff", "\ufffd", "\ufffe", "\ufeff", f"\u202e{WORD}", "\u2066\u2069", "\x1b[31m", "\x7f",
         "\x85", "\u2028", "\u3164", "a" + "\u0301" * 500, "🙂" * 900, "👨‍👩‍👧", "\r\nX-Odd: 1", "{{7*7}}", "{% raw %}", "%s%(name)s{0}%",
         "'; DROP TABLE lead; --", "\\", "%_", "<script>alert(1)</script>", "../../etc/passwd", "//evil.test", "/\\evil.test", "https://[", "http://a:b@[::1",
         "javascript:alert(1)", WORD * 900, "x" * 60_000, "\n" * 5000, " ", "null", "None", "undefined", "[]", "{}", "on", "me", "none",
         "kommo:", "kommo:²", "kommo:--1", f"kommo:{2**64}", "user:", "chat:1:2"]  # fmt: skip
DATES = ["0000-00-00", "0001-01-01", "0001-12-31", "9999-12-31", "9999-12-30", "1582-10-10", "2026-02-30", "20260101", "2026-W01-1", "2026-001",
         "10000-01-01", "-0001-01-01", "2026-1-1", "٢٠٢٦-01-01", "2026-01-01T00:00", "2026-01-01T00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59",
         "0001-01-01T00:00", "9999-12-31T23:59", "2026-03-29T02:30", "24:00", "25:61", "12:00:00.5", "12:00+23:59", "T12", "12", "09:00Z", "infinity", "now"]  # fmt: skip
DEEP = "[" * 100_000
JSONS = ["", "[", "{", DEEP, '{"a":' * 20_000, "1e400000", "NaN", "-Infinity", "9" * 5000, '"\\ud800"', '{"op":"sub","topics":' + DEEP, '{"op":"sub","topics":["\\ud800","chat:\\u0000","chat:²"]}',
         '{"op":"sub","topics":[["leads"],{"a":1},null,1e999]}', '{"op":["sub"],"topics":[]}', '{"op":"sub","topics":"leads"}', '{"op":{"a":1}}', '["sub"]', "null", "\ufeff{}", json.dumps({"op": "sub", "topics": ["lead:" + "9" * 19, "chat:" + "0" * 18, "chat:-1", f"chat:{WORD}", "x" * 5000]})]  # fmt: skip


def _cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _inside_cursors() -> list[str]:
    odd = ["sNaN", "NaN", "1e400000", "Infinity", "²", "\ud800", "\0", "9" * 5000, "9999-12-31T23:59:59.999999-23:59", "0001-01-01T00:00:00+23:59",
           "2026-01-01T00:00:00", "x" * 50_000, 7, None, ["1"], {"a": "b"}, True, "", WORD]  # fmt: skip
    good = ["2026-01-01T00:00:00+00:00", "7", "12.50", "maria"]
    return [
        cursor
        for value in odd
        for cursor in (
            _cursor(value),
            *(_cursor(value, one) for one in good),
            *(_cursor(one, value) for one in good),
        )
    ]


CURSORS = [*_inside_cursors(), "!!", "=", "A", "AAAA", "W10", "w7/8", _cursor(), base64.urlsafe_b64encode(DEEP.encode()).decode(),
           base64.urlsafe_b64encode(b"\xff\xfe").decode(), base64.urlsafe_b64encode(b"9" * 5000).decode(), "é" * 40]  # fmt: skip
HEADERS = {
    "HX-Current-URL": ["https://[", "http://localhost/chats/²", "\xff\xfe", "/" * 4000, f"http://localhost/chats?q={WORD}%00"],
    "HX-Target": ["\xed\xa0\x80", "x" * 4000, "<"], "HX-Trigger": ["\x01", "²"], "HX-Request": ["²", "", "true,true"],
    "Accept-Language": ["x" * 4000, ";q=²", "es;q=NaN,pt;q=1e400", "*;q=--1", "\xff", "es-PE-" * 200], "Accept-Encoding": ["²", "br;q=x"],
    "Range": ["bytes=²-", "bytes=" + "9" * 5000 + "-", "bytes=-0", "bytes=5-1", "x=1-2", "bytes=--1"], "If-Range": ["²", "W/", "Thu, 99 Foo 0000"],
    "If-None-Match": ["\xff", "W/\"", "*", "\"" * 4000], "If-Modified-Since": ["Thu, 01 Jan 0000 00:00:00 GMT", "²", "9" * 400],
    "Origin": ["null", "http://[", "\xff"], "Referer": ["https://[", "http://[::1", "//evil.test", "\xff\xfe", f"http://localhost/{WORD}²"],
    "Sec-Fetch-Site": ["\xff", "none"], "X-CSRF-Token": ["\xff", "\xb2" * 40, ""], "X-Shown": ["chats=²", "chats=" + "9" * 5000, "=", "chats=-1 leads=99999"],
    "Content-Type": ["application/json", "multipart/form-data", "multipart/form-data; boundary=", "text/plain; charset=²", "application/x-www-form-urlencoded; charset=utf-7", "\xff"],
    "X-Forwarded-For": ["²", f"{WORD}, 1", "::ffff:999.1.1.1", "\xff"], "Host": ["\xff", "a b", "[::1", "x" * 400, "localhost:²", "localhost:99999"], "User-Agent": ["\xff\xfe", "x" * 8000, ""],
    "Cookie": ["clarin=²", "clarin=1.²." + "x" * 40, "clarin=" + "9" * 400 + ".1.x", "clarin=1.1.\xff", "flash=\xff; flash=..", "=;=", "flash=" + "e" * 4000],
}  # fmt: skip


def anything(dice: random.Random) -> bytes:
    """One odd value, of any kind."""
    some = dice.choice((NUMBERS, NUMBERS, TEXTS, TEXTS, DATES, CURSORS, JSONS))
    value = dice.choice(some)
    if dice.random() < 0.1:  # what no list has
        value = "".join(chr(dice.choice((dice.randrange(128), dice.randrange(0x3000)))) for _ in range(dice.randrange(40)))  # fmt: skip
    if dice.random() < 0.01:
        value = f"{WORD} " * 90_000  # a megabyte
    return value.encode("utf-8", "surrogatepass") if dice.random() < 0.97 else dice.randbytes(20)
