"""The garbage collector rests while libraries are loaded, and when a command ends."""

import gc
import subprocess
import sys

import pytest

from autograder import collector


@pytest.fixture
def thawed():
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.parametrize("enabled", [True, False])
def test_it_rests_while_something_is_loaded_and_goes_on_as_before(thawed, enabled):
    (gc.enable if enabled else gc.disable)()
    gc.unfreeze()
    with pytest.raises(ImportError), collector.loading():
        assert not gc.isenabled()
        import no_such_module  # noqa: F401
    assert gc.isenabled() is enabled and gc.get_freeze_count() > 0


def test_at_the_end_it_takes_no_last_look_and_what_was_said_is_written():
    code = """
from autograder import collector

class Noted:
    def __del__(self):
        print("looked")

collector.none_at_exit()
one = Noted()
one.itself = one
del one
print("said")
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout == "said\n"
