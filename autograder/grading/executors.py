"""Which executor a run gets."""

import pickle
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

from autograder.grading.boxes import Boxes
from autograder.grading.pool import Pool
from autograder.grading.task import Executor, Judge, Setup
from autograder.grading.threads import Threads, in_this_process


@contextmanager
def choose(
    setup: Setup,
    judge: Judge | str,
    sandbox: str | AbstractContextManager[Any] | None,
    workers: int,
    scheduler: str | None = None,
) -> Iterator[Executor]:
    """An open executor for a run.

    Args:
        setup: the assignment and its release; the other fields are set here.
        judge: by name, or a function, which binds the run to this process.
        sandbox: its kind, None, or an open one, which binds the run to this process.
        workers: processes, or threads where the run is bound to this process: also by an
            assignment that is known to the caller alone and cannot be pickled.
        scheduler: address of a cluster, or None.

    Raises:
        ValueError: where a cluster is asked for a run that is bound to this process.
    """
    portable = setup.portable()
    bound = (
        not isinstance(judge, str) or not isinstance(sandbox, str | None) or not _travels(portable)
    )
    if scheduler is not None and bound:
        raise ValueError(
            "scheduler: a cluster needs judge, sandbox and assignment by name, or such as can be "
            "pickled"
        )
    if bound:
        function = replace(setup, judge=judge).judging() if isinstance(judge, str) else judge
        assignment, template = setup.loaded(), setup.template()
        with Boxes(assignment, sandbox) as boxes:
            run = in_this_process(assignment, template, function, boxes)
            with Threads(run, workers) as threads:
                yield threads
        return
    assert isinstance(judge, str) and isinstance(sandbox, str | None)
    setup = replace(portable, judge=judge, sandbox=sandbox)
    if scheduler is not None:
        from autograder.grading.cluster import Cluster  # distributed is an extra

        with Cluster(setup, scheduler) as cluster:
            yield cluster
        return
    with Pool(setup) as pool, Threads(pool.run, workers) as threads:
        yield threads


def _travels(setup: Setup) -> bool:
    """Whether another process can be given the assignment."""
    try:
        pickle.dumps(setup)
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return True
