"""What gunicorn and `flask --app wsgi` load."""

import sys

from clarin_web.app import create_app
from clarin_web.db import is_away

try:
    app = create_app()
except Exception as error:
    if not is_away(error):
        raise
    sys.exit("clarin: PostgreSQL is away; whoever keeps this process running starts it again")
