"""Runs that are killed at any moment: the next one ends with the marks of an undisturbed one."""

import random
import time
from collections import Counter

import pytest

from autograder.gradebook import files, record, verdicts


def test_coordinator_killed_at_random_points(runs, ready, assignment, undisturbed, tmp_path):
    rng = random.Random(20)
    allowed = Counter(dict.fromkeys(runs.CLASS, 1))
    for kill in range(3):
        run = runs.begin(ready, tmp_path)
        start = len(runs.judged(tmp_path))
        target = start + rng.randint(1, 4)
        runs.wait_for(lambda target=target: len(runs.judged(tmp_path)) >= target, run)
        time.sleep(rng.random() * 0.05)
        workers = runs.judging(run.pid)
        run.kill()
        run.communicate()
        for worker in workers:  # its judges see that nobody is left to answer
            runs.gone(worker)
        done = runs.recorded(ready)
        for student in set(runs.judged(tmp_path)) - done:
            allowed[student] = 1 + Counter(runs.judged(tmp_path))[student]
        assert len(done) <= len(runs.CLASS), kill
    again = runs.finish(ready, assignment)
    assert runs.marks(ready) == undisturbed
    times = Counter(runs.judged(tmp_path))
    assert set(times) == set(runs.CLASS)
    assert all(times[s] <= allowed[s] for s in runs.CLASS)  # what was written is never judged again
    assert sum("resumed" in v.extra for v in again) == len(done)
    assert all("resumed" in v.extra for v in runs.finish_in_threads(ready, assignment))


@pytest.mark.parametrize(
    ("module", "step"), [(record, "_enter"), (files, "write_text"), (verdicts, "write")]
)
def test_stopped_between_two_steps_of_writing(
    runs, ready, assignment, undisturbed, monkeypatch, module, step
):
    """In the transaction, between gradebook and notebook, and between notebook and verdict."""
    count = 0
    real = getattr(module, step)

    def stop(*arguments, **options):
        nonlocal count
        count += 1
        if count == 5:
            raise KeyboardInterrupt
        return real(*arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(module, step, stop)
        with pytest.raises(KeyboardInterrupt):
            runs.finish_in_threads(ready, assignment)
    before = runs.recorded(ready)
    again = runs.finish_in_threads(ready, assignment)
    assert runs.marks(ready) == undisturbed
    assert {v.student for v in again if "resumed" in v.extra} == before
