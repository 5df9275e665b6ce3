"""Put into the notebook what its cells showed in the box: text and pictures, nothing else."""

import base64
from collections.abc import Mapping
from typing import Any

import nbformat

from autograder.judge.execution import Execution
from autograder.sandbox.errors import Ending, SessionEnded
from autograder.sandbox.replies import CellOutput, CellResult

ENDED = {
    Ending.TIMEOUT: "This cell was stopped: {detail}. Later cells ran without it.",
    Ending.MEMORY: "This cell was stopped: it used more memory than a submission may. "
    "Later cells ran without it.",
    Ending.PROCESSES: "This cell was stopped: it started more processes than a submission may. "
    "Later cells ran without it.",
    Ending.DIED: "The process ended in this cell ({detail}). Later cells ran without it.",
    Ending.REFUSED: "This cell was left out: its outputs could not be read ({detail}).",
}


def fill_in(nb: Any, execution: Execution, texts: Mapping[str, str]) -> None:
    """Replace all outputs of ``nb``.

    Args:
        nb: the notebook, changed in place.
        execution: what ran.
        texts: for the check cells, by grade_id, what stands below them.
    """
    counts = {step.index: step.count for step in execution.steps}
    for index, cell in enumerate(nb.cells):
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in texts:
            cell.outputs = [_stream("stdout", texts[name])]
        elif index in execution.failures:
            cell.outputs = [_ended(execution.failures[index])]
        elif index in execution.results:
            cell.execution_count = counts[index]
            cell.outputs = _outputs(execution.results[index])


def _outputs(result: CellResult) -> list[Any]:
    found = [_output(output) for output in result.outputs]
    if result.dropped:
        text = f"[{result.dropped:,} characters or bytes more were shown and are not kept]"
        found.append(_stream("stdout", f"\n{text}\n"))
    return found


def _output(output: CellOutput) -> Any:
    if output.kind == "stream":
        return _stream(output.name, output.text)
    if output.kind == "error":
        return _new("error", ename=output.name, evalue=output.text, traceback=[output.trace])
    data = {"text/plain": output.text}
    if output.png:
        data["image/png"] = base64.b64encode(output.png).decode()
    if output.kind == "execute_result":
        return _new("execute_result", data=data, metadata={}, execution_count=output.count)
    return _new("display_data", data=data, metadata={})


def _ended(ended: SessionEnded) -> Any:
    text = ENDED[ended.ending].format(detail=ended.detail or "no reason given")
    return _new("error", ename="Stopped", evalue=text, traceback=[text])


def _stream(name: str, text: str) -> Any:
    return _new("stream", name=name, text=text)


def _new(kind: str, **fields: Any) -> Any:
    # nbformat's own maker validates every output, which takes longer than all the rest
    return nbformat.from_dict({"output_type": kind, **fields})  # type: ignore[no-untyped-call]
