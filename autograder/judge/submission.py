"""Judge one submitted notebook: run it in the sandbox, judge every item, fill in the outputs."""

import hashlib
import time
import traceback
from typing import Any

import numpy as np

from autograder.assignment import Assignment, CodeItem, DerivationItem, WrittenItem
from autograder.judge import incidents, outputs
from autograder.judge.catalogue import Catalogue, catalogue_of
from autograder.judge.code import call_public, judge_code
from autograder.judge.execution import Execution, Step
from autograder.judge.personal import TypedId, other_answers
from autograder.judge.render import verdict_text
from autograder.judge.visible import with_seen
from autograder.sandbox import CallReply, Sandbox, SessionEnded
from autograder.verdict import Incident, Outcome, SubmissionVerdict, Verdict

CALL_SHARE = 1 / 3  # of the submission's time, kept for calls when cells use up the rest


def judge_submission(
    nb: Any,
    assignment: Assignment,
    sandbox: Sandbox,
    *,
    student: str,
    seed: int,
    catalogue: Catalogue | None = None,
) -> tuple[Any, SubmissionVerdict]:
    """Run and judge one notebook.

    Args:
        nb: the sanitized notebook; locked cells and flags are the instructor's. Its outputs are
            replaced in place.
        assignment: what is asked.
        sandbox: an open sandbox with the assignment's limits and forbidden modules.
        student: the student's id; different students get different hidden cases, and where an
            item is asked of every student's own network the id decides which that is.
        seed: of this run; the same seed and student get the same hidden cases.
        catalogue: known wrong answers; made from the assignment's solution where it is None.

    Returns:
        The notebook with outputs (plain text, PNG, streams, errors) and the verdict.
    """
    started = time.monotonic()
    own_seed = student_seed(seed, student)
    known = catalogue or catalogue_of(assignment)
    typed = TypedId.of(nb, assignment.family, student)
    assignment = assignment.of_student(student)
    steps = _steps(nb, assignment)
    verdicts: dict[str, Verdict] = {}
    problems: list[Incident] = []
    with Execution(sandbox, steps) as execution:
        execution.run_cells(started + assignment.limits.submission_seconds * (1 - CALL_SHARE))
        execution.deadline = started + assignment.limits.submission_seconds
        code = [item for item in assignment.items if isinstance(item, CodeItem)]
        public = {i.cell: call_public(i, execution.caller(i, shared=True)) for i in code}
        for item in assignment.items:
            try:
                found = _judge_item(nb, item, execution, own_seed, known, public.get(item.cell))
                if not isinstance(item, WrittenItem):
                    found = typed.told(found, item)
                verdicts[item.cell] = found
            except Exception as error:
                # our fault, not the student's: the others of the class must still be graded
                verdicts[item.cell] = _failed(item)
                problems.append(_judge_failed(item, error))
    outputs.fill_in(nb, execution, {cell: verdict_text(v) for cell, v in verdicts.items()})
    verdict = SubmissionVerdict(
        student=student,
        assignment=assignment.name,
        seed=seed,
        verdicts=tuple(verdicts.values()),
        incidents=(
            *problems,
            *incidents.of_submission(nb, assignment, execution),
            *typed.incidents(student),
            *other_answers(assignment, verdicts, typed),
        ),
        seconds=time.monotonic() - started,
    )
    return nb, verdict


def student_seed(seed: int, student: str) -> int:
    """A seed for one student in one run."""
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).digest()
    sequence = np.random.SeedSequence([seed, int.from_bytes(digest[:16], "big")])
    return int(sequence.generate_state(1, np.uint64)[0])


def derivation_text(source: str) -> str:
    """What a derivation cell says, without the line that starts the magic."""
    first, _, rest = source.partition("\n")
    return rest if first.lstrip().startswith("%%") else source


def _judge_item(
    nb: Any,
    item: Any,
    execution: Execution,
    seed: int,
    known: Catalogue,
    public: CallReply | SessionEnded | None,
) -> Verdict:
    if isinstance(item, WrittenItem):
        return Verdict(item.cell, item.title, Outcome.MANUAL, 0.0, item.max_points)
    if isinstance(item, DerivationItem):
        from autograder.judge.derivation import judge_derivation  # it loads PyTorch

        answer = _cell(nb, item.answer)
        text = derivation_text(answer.source if answer else "")
        return judge_derivation(item, text, seed, known.derivation(item))
    judged = judge_code(
        item,
        execution.caller(item),
        seed,
        known.wrong_answers(item),
        public,
        calls=execution.caller(item, shared=True),
    )
    return with_seen(judged, item, public)


def _failed(item: Any) -> Verdict:
    text = "The judge itself failed on this item; your instructor has been told."
    return Verdict(item.cell, item.title, Outcome.REFUSED, 0.0, item.max_points, diagnosis=text)


def _judge_failed(item: Any, error: Exception) -> Incident:
    where = traceback.extract_tb(error.__traceback__)[-1]
    text = f"the judge failed: {type(error).__name__}: {error} ({where.filename}:{where.lineno})"
    return Incident("judge-failed", text, item.cell)


def _cell(nb: Any, grade_id: str) -> Any:
    return next((c for c in nb.cells if cell_name(c) == grade_id), None)


def cell_name(cell: Any) -> str | None:
    """The grade_id of a cell, or None."""
    return cell.metadata.get("nbgrader", {}).get("grade_id")  # type: ignore[no-any-return]


def _steps(nb: Any, assignment: Assignment) -> list[Step]:
    """What to do in the box, in the notebook's order."""
    checks = {i.cell: i for i in assignment.items if isinstance(i, CodeItem)}
    other_checks = {i.cell for i in assignment.items if isinstance(i, DerivationItem)}
    derivations = {i.answer for i in assignment.items if isinstance(i, DerivationItem)}
    steps = []
    for index, cell in enumerate(nb.cells):
        name = cell_name(cell)
        if cell.cell_type != "code" or name in derivations or name in other_checks:
            continue
        if name in checks:
            steps.append(Step(index, name, checks=checks[name]))
        elif cell.source.strip():
            count = sum(step.checks is None for step in steps) + 1
            steps.append(Step(index, name or f"In [{count}]", source=cell.source, count=count))
    return steps
