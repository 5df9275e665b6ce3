"""Compare a student's answer with the truth and say in words what is wrong.

The visible checks in a notebook and the judge in grading both use `compare`, so a student reads
the same sentence twice. A message names the output, the place and the size of an error, and never
a right value.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnncourse.checks.exercise import CodeExercise, Output
from rnncourse.checks.forms import Question, known_form, shape_form
from rnncourse.checks.properties import property_findings
from rnncourse.checks.unpack import Finding, unpack
from rnncourse.checks.words import place, share, steps_and_sequences

__all__ = ["Finding", "compare"]

FLOAT32_TOLERANCE = 1e-4


def compare(
    exercise: CodeExercise,
    expected: Mapping[str, NDArray[Any]],
    got: Any,
    arguments: Mapping[str, Any] | None = None,
) -> list[Finding]:
    """Find what is wrong with ``got``, the value that the student's function returned.

    Args:
        exercise: what was asked.
        expected: ``exercise.solve(**arguments)``: the right outputs by name, and where known their
            shares under ``"<name>.by_step"``.
        got: a tuple, list or dict of arrays, nested lists or numbers; the value alone for an
            exercise with one output.
        arguments: the inputs of the call, to name a wrong factor as B or T; optional.

    Returns:
        Findings in the order of the outputs; an output without one is right, an empty list means
        that all are. A finding whose ``output`` is "" concerns every output (a wrong number of
        them, None).
    """
    arrays, findings = unpack(exercise, got)
    if any(not finding.output for finding in findings):
        return findings
    sizes = exercise.sizes(arguments or {})
    coarse = any(array.dtype.itemsize < 8 for array in arrays.values())
    tolerance = max(exercise.tolerance, FLOAT32_TOLERANCE) if coarse else exercise.tolerance
    for output in exercise.outputs:
        if output.compared and output.name in arrays:
            question = Question(
                output=output,
                truth=np.asarray(expected[output.name], dtype=np.float64),
                got=arrays[output.name].astype(np.float64),
                shares=expected.get(f"{output.name}.by_step"),
                sizes=sizes,
                tolerance=tolerance,
            )
            finding = _compare_one(question)
            if finding:
                findings.append(finding)
    unread = [f for f in findings if f.output not in exercise.parts]
    findings = [f for f in findings if f.output in exercise.parts]
    findings += property_findings(exercise, arguments or {}, arrays, unread)
    order = {name: n for n, name in enumerate(exercise.parts)}
    return sorted(findings, key=lambda finding: order[finding.output])


def _compare_one(question: Question) -> Finding | None:
    output, truth, got = question.output, question.truth, question.got
    if truth.shape == () and got.size == 1:
        got = got.reshape(())
        question = question.with_got(got)
    if got.shape != truth.shape:
        return shape_form(question)
    broken = ~np.isfinite(got)
    if broken.any():
        return _not_finite(output, got, broken)
    error = question.error(got)
    if error <= question.tolerance:
        return None
    form = known_form(question)
    if form:
        return Finding(output.name, form[0], f"{output.name} {form[1]}", error)
    return Finding(output.name, "value", _where(question, error), error)


def _not_finite(output: Output, got: NDArray[Any], broken: NDArray[np.bool_]) -> Finding:
    what = "NaN" if np.isnan(got).any() else "infinite values"
    count = "" if got.shape == () else f" in {int(broken.sum())} of {got.size} entries, first at"
    where = (
        ""
        if got.shape == ()
        else f" {place(output, tuple(int(i) for i in np.argwhere(broken)[0]), got.shape)}"
    )
    return Finding(output.name, "not-finite", f"{output.name} holds {what}{count}{where}.")


def _where(question: Question, error: float) -> str:
    """The last resort: no known form fits, so say where it is wrong and how far off."""
    name, truth = question.output.name, question.truth
    if truth.shape == ():
        return f"{name} is off by {share(error)}."
    wrong = np.abs(question.got - truth) > question.tolerance * question.scale
    pattern = steps_and_sequences(question.output, wrong)
    worst = tuple(
        int(i) for i in np.unravel_index(np.argmax(np.abs(question.got - truth)), truth.shape)
    )
    count = "every entry" if wrong.all() else f"{int(wrong.sum())} of {wrong.size} entries"
    lead = f"{name} is {pattern}" if pattern else f"{name} is wrong in {count}"
    at = place(question.output, worst, truth.shape)
    return f"{lead}; the largest error is {share(error)}, at {at}."
