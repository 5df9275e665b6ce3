"""Each limit, reached: what happens, what is said, and that the next submission does not notice."""

import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from autograder.sandbox import CellResult, Sandbox, Session, SessionEnded
from autograder.sandbox.errors import Ending

pytestmark = pytest.mark.sandbox
Run = Callable[..., CellResult]


@pytest.fixture(autouse=True)
def the_next_submission_runs(box: Sandbox) -> Iterator[None]:
    yield
    with box.session() as session:
        assert (
            session.run("print('fine')", cell="a", count=1, timeout=10).outputs[0].text == "fine\n"
        )


def ending(run: Run, code: str, timeout: float = 10.0) -> Ending:
    with pytest.raises(SessionEnded) as caught:
        run(code, timeout)
    return caught.value.ending


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import time; time.sleep(1000)",
        "sum(iter(int, 1))",
        "import re; re.match(r'(a+)+$', 'a' * 40 + 'b')",
        "import signal; [signal.signal(n, signal.SIG_IGN) for n in (2, 14, 15)]\nwhile True: pass",
        "import os\nos.fork()\nwhile True: pass",
        "import threading\nthreading.Thread(target=threading.Event().wait).start()\nwhile 1: pass",
        "import ctypes; ctypes.CDLL(None).pause()",
    ],
)
def test_a_cell_that_never_ends_is_stopped(code: str, run: Run) -> None:
    assert ending(run, code, 0.7) is Ending.TIMEOUT


def test_one_large_array_is_a_memory_error_in_the_cell(run: Run) -> None:
    result = run("import numpy as np\nx = np.ones(2**30)")
    assert "Unable to allocate" in result.outputs[-1].text
    assert run("1").ok


def test_much_memory_in_many_processes_ends_the_session(run: Run) -> None:
    code = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        x = bytearray(os.urandom(1 << 20) * 150); time.sleep(30)
time.sleep(30)
"""
    assert ending(run, code) is Ending.MEMORY


def test_a_fork_bomb_gets_no_further_than_the_limit(run: Run) -> None:
    code = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    assert ending(run, code, 1.0) in {Ending.PROCESSES, Ending.TIMEOUT}


def test_a_process_more_than_the_limit_is_refused(run: Run) -> None:
    code = """
import os, time
n = 0
try:
    while n < 100:
        if os.fork() == 0: time.sleep(20)
        n += 1
except BlockingIOError: print(n)
"""
    result = run(code)
    assert 30 < int(result.outputs[0].text) < 40


def test_a_flood_of_output_is_cut_and_counted(run: Run) -> None:
    result = run("print('x' * 50_000_000)")
    assert sum(len(o.text) for o in result.outputs) == 1 << 16
    assert result.dropped == 50_000_001 - (1 << 16)


def test_a_flood_of_small_outputs_is_cut(run: Run) -> None:
    code = """
from IPython.display import display
import sys
for n in range(3000):
    print(n); print(n, file=sys.stderr); display(n)
"""
    result = run(code)
    assert len(result.outputs) <= 200
    assert result.dropped > 1000


def test_output_past_python_goes_nowhere(run: Run) -> None:
    written = "os.write(1, bytes(10_000_000)); os.system('yes x | head -c 1000000')"
    result = run(f"import os\n{written}")
    assert not any(o.text.startswith("x") for o in result.outputs)


@pytest.mark.parametrize("folder", ["/tmp", ".", "/dev/shm"])
def test_files_are_limited(folder: str, run: Run) -> None:
    code = f"""
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
total = 0
for n in range(100):
    try:
        with open({folder!r} + f"/{{n}}", "wb", buffering=0) as file:
            for _ in range(8): total += file.write(bytes(1 << 20))
    except OSError as error: last = error
print(total >> 20)
"""
    assert int(run(code).outputs[0].text) <= 16


def test_memory_that_is_counted_nowhere_is_refused(run: Run) -> None:
    for code in ("os.memfd_create('x')", "__import__('mmap').mmap(-1, 1 << 31)"):
        assert run(f"import os\n{code}").outputs[-1].name in {"PermissionError", "OSError"}


def test_a_crash_of_the_interpreter_ends_the_session(run: Run) -> None:
    assert ending(run, "import ctypes; ctypes.string_at(0)") is Ending.DIED


@pytest.mark.parametrize(
    "code", ["import os; os._exit(0)", "import os; os.kill(0, 9)", "import os; os.abort()"]
)
def test_leaving_ends_the_session_and_says_how(code: str, run: Run) -> None:
    assert ending(run, code) is Ending.DIED


@pytest.mark.parametrize("code", ["exit()", "import sys; sys.exit(3)", "raise SystemExit"])
def test_leaving_politely_ends_only_the_cell(code: str, run: Run) -> None:
    run(code + "\nprint('not reached')")
    assert run("print('here')").outputs[0].text == "here\n"


# ----------------------------------------------------------------------------------------- calls


def call(session: Session, body: str, seconds: float = 3.0) -> SessionEnded:
    session.run(
        f"import os, ctypes\ndef f(n=0):\n    {body}\ndef g(): return 1",
        cell="a",
        count=1,
        timeout=10,
    )
    checkpoint = session.checkpoint()
    with pytest.raises(SessionEnded) as caught:
        checkpoint.call("f", [], seconds)
    # the other functions of the same notebook still answer
    assert checkpoint.call("g", [], 3.0).value == 1
    return caught.value


def test_a_call_that_never_ends_is_stopped_alone(session: Session) -> None:
    assert call(session, "while True: pass", 0.3).ending is Ending.TIMEOUT


def test_a_call_whose_process_ends_is_told_from_the_others(session: Session) -> None:
    ended = call(session, "ctypes.string_at(0)")
    assert (ended.ending, ended.detail) == (Ending.DIED, "signal SIGSEGV")


def test_a_call_that_leaves_is_told(session: Session) -> None:
    assert call(session, "os._exit(0)").detail == "exit code 0"


def test_too_large_an_answer_is_not_sent(session: Session) -> None:
    session.run(
        "import numpy as np\ndef f(): return np.zeros(2**20)", cell="a", count=1, timeout=10
    )
    assert session.checkpoint().call("f", [], 5).large


def test_memory_in_a_call_is_an_exception_of_the_call(session: Session) -> None:
    session.run("def f(): return len(bytearray(1 << 30))", cell="a", count=1, timeout=10)
    raised = session.checkpoint().call("f", [], 5).raised
    assert raised is not None
    assert raised.ename == "MemoryError"


def test_a_session_that_is_closed_leaves_no_process(box: Sandbox) -> None:
    session = box.session()
    session.run(
        "import subprocess\nsubprocess.Popen(['sleep', '987'], start_new_session=True)",
        cell="a", count=1, timeout=10,
    )  # fmt: skip
    started = time.monotonic()
    session.close()
    assert time.monotonic() - started < 8
    assert not subprocess.run(["pgrep", "-f", "^sleep 987$"], capture_output=True).stdout


def test_what_all_processes_used_of_a_processor_is_told_at_the_end(box: Sandbox) -> None:
    """Also by those that were killed, and those whose parent has gone."""
    work = "def work(seconds):\n    while time.process_time() < seconds: pass\n"
    children = "if os.fork() == 0:\n    if os.fork() == 0:\n        work(0.4)\n    os._exit(0)\n"
    with box.session() as idle:
        idle.run("import os, time", cell="a", count=1, timeout=10)
    with box.session() as session:
        session.run(f"import os, time\n{work}", cell="a", count=1, timeout=10)
        session.checkpoint().call("work", (0.3,), timeout=10)
        session.run(f"{children}work(0.2)\ntime.sleep(1)", cell="b", count=2, timeout=10)
        assert session.processor_seconds == 0
    assert idle.processor_seconds < 0.9 <= session.processor_seconds
