"""`python -m clarin_web.local.use ARGS`: the project's Python with a database and Redis to talk to.

Those of the environment; else the ones of a ./dev run that is up; else embedded ones for as long as it takes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from clarin_web.local.home import environment, home
from clarin_web.local.migrate import migrate
from clarin_web.local.processes import LocalError
from clarin_web.local.services import addresses, services


def main(arguments: list[str]) -> int:
    demo = _place_in_use()
    os.environ |= environment(home(demo=demo), demo=demo)
    if running := addresses(home(demo=demo)):
        os.environ |= {name: os.environ.get(name) or value for name, value in running.items()}
        return _python(arguments)
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return _python(arguments)
    try:
        with services(home(demo=demo)) as found:
            os.environ |= found.env
            migrate()
            return _python(arguments)
    except LocalError as error:
        print(f"clarin: {error}", file=sys.stderr)
        return 1


def _place_in_use() -> bool:
    """Whether to work on the demo's data: yes, unless only your own Clarin is up or was ever made."""
    if addresses(home(demo=True)):
        return True
    own: Path = home(demo=False)
    return not (addresses(own) or (own.exists() and not home(demo=True).exists()))


def _python(arguments: list[str]) -> int:
    return subprocess.run([sys.executable, *arguments]).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
