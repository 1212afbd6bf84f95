"""What gunicorn and `flask --app wsgi` load."""

from clarin_web.app import create_app

app = create_app()
