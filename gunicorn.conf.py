"""Read by every gunicorn that is started in this folder: web and live of `compose.yaml`, `./dev run`, the tests."""

from gunicorn.http.wsgi import Response

_told = Response.default_headers


def _nameless(response):
    """Strangers need not know what answers them."""
    return [line for line in _told(response) if not line.startswith("Server:")]


Response.default_headers = _nameless
