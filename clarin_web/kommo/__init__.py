"""Kommo, mirrored read-only: client, limiter, mapping, sync and the connect page."""
