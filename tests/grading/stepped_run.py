"""Runs of the coordinator in which something happens at a given step, which tests start.

Called with the course folder, what happens ("kill" or "copy"), the folder of the test, and the
steps as pairs: which kind, "any" or an audit event's name, and which of that kind. A step is one
that leaves something behind: an SQL statement, the moment before a commit, a file made, renamed or
added to. Each run is forked from one program, so that imports are paid for once. The judge works in
one thread: only the coordinator is the subject here, and a number is the same step every time.
"""

import json
import os
import shutil
import signal
import sys
from collections import Counter
from pathlib import Path

import stub_judges
import tiny_for_children
from sqlalchemy import event
from sqlalchemy.engine import Engine

from autograder.gradebook import course as courses
from autograder.gradebook import grade as module

FILES = {"os.rename", "os.mkdir", "os.chmod", "tempfile.mkstemp"}


def main():
    root, act, folder, steps = sys.argv[1:]
    folder = Path(folder)
    steps = json.loads(steps)
    acts = {"kill": lambda at: kill(), "copy": lambda at: copy(root, folder / f"copy-{at[1]}")}
    # the copies are of one run, each kill is of another
    for wanted in [steps] if act == "copy" else [[at] for at in steps]:
        before, judged = recorded(root), len(log(folder))
        pid = os.fork()
        if pid == 0:
            arm(wanted, acts[act])
            module.grade(
                courses.open(root), tiny_for_children.tiny(), judge=stub_judges.judge,
                sandbox=None, workers=1,
            )  # fmt: skip
            os._exit(0)
        status = os.waitpid(pid, 0)[1]
        said = {"ended": os.waitstatus_to_exitcode(status), "before": before}
        print(json.dumps({**said, "judged": log(folder)[judged:]}), flush=True)


def arm(wanted, act):
    wanted = [tuple(step) for step in wanted]
    numbers = Counter()
    busy = False

    def step(kind):
        nonlocal busy
        if busy:  # what is done here makes files, too
            return
        for name in ("any", kind):
            numbers[name] += 1
            if (name, numbers[name]) in wanted:
                busy = True
                act((name, numbers[name]))
                busy = False

    def audit(name, arguments):
        if name in FILES or (name == "open" and str(arguments[0]).endswith(".jsonl")):
            step(name)

    sys.addaudithook(audit)
    event.listen(Engine, "after_cursor_execute", lambda *_: step("statement"))
    event.listen(Engine, "commit", lambda *_: step("commit"))


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def copy(root, to):
    """As power loss leaves it: the database with its journal as they lie."""
    shutil.copytree(root, to)


def recorded(root):
    return sorted(p.parts[-3] for p in Path(root).glob("autograded/*/tiny/tiny.verdict.json"))


def log(folder):
    path = folder / "judged"
    return path.read_text().split() if path.exists() else []
