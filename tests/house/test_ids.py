"""Ids in addresses: what no row can have is a plain 404, never an error of ours."""

from __future__ import annotations

import re

from flask import Flask


def test_an_id_too_big_for_any_row_is_not_there(app: Flask, ana):
    for rule in app.url_map.iter_rules():
        if "<int:" in rule.rule and "GET" in (rule.methods or ()):
            url = re.sub(r"<string:[^>]+>", "title", re.sub(r"<int:[^>]+>", "9" * 30, rule.rule))
            assert ana.htmx_get(url).status == 404, url
