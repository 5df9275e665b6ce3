"""Judge a function of the course's own in this process, without a sandbox."""

import copy
import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.assignment import CodeItem
from autograder.judge.catalogue import Catalogue
from autograder.judge.code import judge_code
from autograder.sandbox import CallReply
from autograder.sandbox.replies import Raised
from autograder.verdict import Verdict


def judged_here(
    item: CodeItem, function: Callable[..., Any], known: Catalogue, seed: int, cases: int | None
) -> Verdict:
    """The verdict on ``function``, on the first ``cases`` hidden cases; all of them for None.

    For a student's function there is the sandbox: what is called here can do anything.
    """
    item = dataclasses.replace(item, cases=item.cases[:cases])

    def call(arguments: Sequence[Any]) -> CallReply:
        try:
            with np.errstate(all="ignore"):
                return CallReply(value=function(*copy.deepcopy(list(arguments))))
        except Exception as error:
            return CallReply(raised=Raised(type(error).__name__, str(error), "", 0))

    return judge_code(item, call, seed, known.wrong_answers(item))
