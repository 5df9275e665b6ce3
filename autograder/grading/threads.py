"""An executor of threads: each runs a task where it is, or waits for the process that does."""

import queue
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from autograder.assignment import Assignment
from autograder.gradebook.template import Template
from autograder.grading import task as tasks
from autograder.grading.boxes import Boxes
from autograder.grading.task import Judge, Result, Task

Run = Callable[[Task], Result]


class Threads:
    """Runs tasks by a function, several at a time.

    Args:
        run: what makes a result of a task.
        workers: how many at a time.
    """

    def __init__(self, run: Run, workers: int) -> None:
        self.slots = workers
        self._run = run
        self._ended: queue.SimpleQueue[Future[Result]] = queue.SimpleQueue()
        self._open = 0

    def __enter__(self) -> "Threads":
        self._pool = ThreadPoolExecutor(self.slots, thread_name_prefix="grade")
        return self

    def __exit__(self, *_: Any) -> None:
        # when stopped, what the threads wait for ends next, and with it they do
        self._pool.shutdown(wait=not self._open, cancel_futures=True)

    def submit(self, task: Task) -> None:
        """Begin a task."""
        self._open += 1
        self._pool.submit(self._run, task).add_done_callback(self._ended.put)

    def next(self) -> Result:
        """Wait for a task to end."""
        ended = self._ended.get()
        self._open -= 1
        return ended.result()


def in_this_process(assignment: Assignment, template: Template, judge: Judge, boxes: Boxes) -> Run:
    """Runs tasks right here: for a judge, or an open sandbox, of the caller's own.

    A judge that hangs, or ends the process, takes all with it.
    """
    return lambda task: tasks.run(task, assignment, template, judge, boxes.call)
