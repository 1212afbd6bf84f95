"""What each test cost: its seconds, and those of a processor it used with the processes it started.

The rest of its seconds it waited. `--costs` prints every test and then the files, the dearest first.
"""

from __future__ import annotations

import resource
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import psutil
import pytest

PROPERTY = "cost"
# Looking at every process takes longer than most tests: children that run on are counted with the next long test.
LONG_SECONDS = 0.25


@dataclass(frozen=True)
class Cost:
    """Of one test with its fixtures, or of the tests of one file."""

    seconds: float = 0.0
    processor: float = 0.0
    tests: int = 1

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.seconds + other.seconds, self.processor + other.processor, self.tests + other.tests)


@dataclass(frozen=True)
class Running:
    """A process that a test started and left running: by itself, or by a child of its own."""

    processor: float
    child: int


class Recorder:
    """In the process that runs tests: each test's cost goes out with the report of its teardown."""

    def __init__(self) -> None:
        self._clock = self._own = 0.0
        self._running: dict[int, Running] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Iterator[None]:
        self._clock, self._own = time.monotonic(), _own_processor()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> Iterator[None]:
        report = yield
        if call.when == "teardown":
            report.user_properties.append((PROPERTY, self._cost()))
        return report

    def _cost(self) -> tuple[float, float]:
        seconds, processor = time.monotonic() - self._clock, _own_processor() - self._own
        if seconds >= LONG_SECONDS:
            before, self._running = self._running, _descendants()
            for pid, now in self._running.items():
                processor += now.processor - (before[pid].processor if pid in before else 0.0)
            # A child that ended is in _own_processor with all of its life and of those that it started and that ended
            # before it, of which a part was counted already.
            processor -= sum(one.processor for one in before.values() if one.child not in self._running)
        return seconds, processor


class Summary:
    """In the process that prints."""

    def __init__(self) -> None:
        self.tests: dict[str, Cost] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if name == PROPERTY:
                self.tests[report.nodeid] = Cost(*value)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for line in table(self.tests):
            terminalreporter.write_line(line)


def table(tests: dict[str, Cost]) -> Iterator[str]:
    """A line for each test, then one for each file."""
    files: dict[str, Cost] = defaultdict(lambda: Cost(tests=0))
    yield "seconds of each test, of which a processor's"
    for name, cost in sorted(tests.items()):
        files[name.partition("::")[0]] += cost
        yield f"{cost.seconds:8.2f} {cost.processor:8.2f}  {name}"
    yield "seconds of each file, of which a processor's; its tests"
    for file, cost in sorted(files.items(), key=lambda entry: -entry[1].seconds):
        yield f"{cost.seconds:8.1f} {cost.processor:8.1f} {cost.tests:5}  {file}"


def _own_processor() -> float:
    """Of this process and of its children that ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _descendants() -> dict[int, Running]:
    found: dict[int, Running] = {}
    for process in psutil.Process().children(recursive=True):  # parents first
        try:
            used, parent = process.cpu_times(), process.ppid()
        except psutil.Error:  # it ended while we looked
            continue
        child = found[parent].child if parent in found else process.pid
        found[process.pid] = Running(used.user + used.system, child)
    return found
