"""Where a token may be sent."""

import pytest

from clarin_web.kommo.hosts import BadHost, base_url


@pytest.mark.parametrize(
    "text",
    [
        "demo",
        " Demo ",
        "demo.kommo.com",
        "https://demo.kommo.com/leads/pipeline/1?x=1",
        "https://demo.kommo.com:443",
    ],
)
def test_an_account_of_kommo_is_found_however_it_is_pasted(text):
    assert base_url(text, ()) == "https://demo.kommo.com"


def test_the_operator_may_name_other_hosts():
    allowed = {"127.0.0.1:8931", "kommo.inner"}
    assert base_url("http://127.0.0.1:8931/x", allowed) == "http://127.0.0.1:8931"
    assert base_url("127.0.0.1:8931", allowed) == "http://127.0.0.1:8931"
    assert base_url("https://kommo.inner:9443", allowed) == "https://kommo.inner:9443"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "address_missing"),
        ("http://demo.kommo.com", "address_needs_https"),
        ("https://demo.kommo.com:8080", "address_needs_https"),
        ("https://www.kommo.com", "address_not_allowed"),
        ("https://demo.kommo.com.evil.test", "address_not_allowed"),
        ("https://evil.test/demo.kommo.com", "address_not_allowed"),
        ("http://127.0.0.1:8932", "address_not_allowed"),
        ("http://169.254.169.254", "address_not_allowed"),
        ("http://[::1]:5432", "address_not_allowed"),
        ("https://demo.kommo.com@evil.test", "address_unusable"),
        ("https://a b.kommo.com", "address_unusable"),
        ("https://demo.kommo.com\\@evil.test", "address_unusable"),
        ("ftp://demo.kommo.com", "address_unusable"),
        ("http://demo.kommo.com:port", "address_unusable"),
        ("x" * 300, "address_unusable"),
    ],
)
def test_any_other_place_is_refused(text, code):
    with pytest.raises(BadHost) as refusal:
        base_url(text, {"127.0.0.1:8931"})
    assert refusal.value.code == code
