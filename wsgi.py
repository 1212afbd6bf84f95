"""What gunicorn and `flask --app wsgi` load."""

import sys

from clarin_web.accounts.tenancy import UnsafeDatabase
from clarin_web.app import create_app
from clarin_web.config import ConfigError
from clarin_web.db import is_away

REFUSED = 3  # for gunicorn: do not start me again, it would end the same

try:
    app = create_app()
except (ConfigError, UnsafeDatabase) as refusal:
    sys.stderr.write(f"clarin: {refusal}\n")
    sys.exit(REFUSED)
except Exception as error:
    if not is_away(error):
        raise
    sys.exit("clarin: PostgreSQL is away; whoever keeps this process running starts it again")
