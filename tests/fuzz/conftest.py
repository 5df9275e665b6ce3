"""What every fuzzer has: a guard against hanging. `make fuzz` gives them a larger budget."""

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

SECONDS = 30.0  # for one input: a hundred times what the slowest took


@contextmanager
def _within() -> Iterator[None]:
    def hang(*_: Any) -> None:
        raise AssertionError(f"no end after {SECONDS:g} s")

    before = signal.signal(signal.SIGALRM, hang)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session")
def no_hang() -> Callable[[], AbstractContextManager[None]]:
    """A context in which nothing may take half a minute."""
    return _within
