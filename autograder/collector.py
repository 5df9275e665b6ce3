"""Python's garbage collector, kept from looking through libraries that stay to the end.

While they are loaded it finds nothing, and takes a tenth of the time; when the process ends it
looks through everything once more.
"""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Load something: the collector rests, and takes what is there afterwards as there for good."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()


def none_at_exit() -> None:
    """Let this process end without a last look: what is open must be closed by then."""
    atexit.register(gc.freeze)
