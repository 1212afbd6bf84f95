"""`python tests/support/errands.py work QUEUE`: worker.py with errands registered that a test can see done."""

from __future__ import annotations

from clarin_web.jobs import registry

ERRANDS = {"time.sleep", "os.mkdir", "os.rmdir", "os.getpid"}

if __name__ == "__main__":
    import worker

    registry.REGISTERED |= ERRANDS
    worker.main()
