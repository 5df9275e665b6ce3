"""Does a derivation lean on itself? A step may lean on itself only through the future.

``dh[t] = da[t] / (1 - h[t]**2)`` is true, and beside ``da[t] = (1 - h[t]**2) * dh[t]`` it proves
nothing. Every line is unrolled over the steps 1 to T; what can be computed by going through the
lines in some order is grounded, and what is left stands in a circle or behind one.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from rnncourse.derivation.algebra import resolve
from rnncourse.derivation.exercise import DerivationExercise, Step
from rnncourse.derivation.language import parse_line
from rnncourse.derivation.nodes import Line, Node, Sum, Use, walk

STEPS = 4  # enough for every pattern of t-1, t, t+1 and T to show
Place = tuple[str, int | None]  # a symbol, at a step where it is a sequence


def circles(
    exercise: DerivationExercise, lines: Mapping[str, Sequence[Line]]
) -> dict[str, tuple[str, ...]]:
    """The steps that lean on themselves, each with its circle (``("dh[t]", "da[t]", "dh[t]")``).

    ``lines`` gives the lines written for each step; a step leans on itself where all their
    expressions do. Of the steps in one circle only the first in the exercise's order is at fault.
    """
    needs = _unroll(exercise, lines)
    at_fault: dict[str, tuple[str, ...]] = {}
    settled: set[Place] = set()
    while True:
        open_places = _ungrounded(needs, settled)
        fault = _first_circle(exercise, lines, needs, open_places)
        if fault is None:
            return at_fault
        step, circle = fault
        at_fault[step.target] = circle
        settled |= set(_places(exercise, step))


def _unroll(
    exercise: DerivationExercise, lines: Mapping[str, Sequence[Line]]
) -> dict[Place, list[set[Place]]]:
    """For every place, what each way of computing it needs."""
    needs: dict[Place, list[set[Place]]] = {}
    index = exercise.indices[0]
    for step in exercise.steps:
        if step.target in lines:
            for place in _places(exercise, step):
                needs[place] = [
                    set(_uses(exercise, e, {index: (place[1] or 0) - _shift(line, index)}))
                    for line in lines[step.target]
                    for e in line.expressions
                ]
    for symbol in exercise.symbols:
        for text in symbol.leans_on:
            for time in range(1, STEPS + 1) if symbol.is_sequence else (None,):
                if (symbol.name, time) in needs:
                    continue
                expression = parse_line(
                    f"{symbol.name}{'[t]' * symbol.is_sequence} = {text}", exercise
                )
                uses = set(_uses(exercise, expression.expressions[0], {index: time or 0}))
                needs[symbol.name, time] = [uses]
    return needs


def _shift(line: Line, index: str) -> int:
    """How far from its step a line is written: -1 for ``dh[t-1] = …``."""
    at = line.target.index
    return at.offset if at is not None and at.base == index else 0


def _places(exercise: DerivationExercise, step: Step) -> Iterator[Place]:
    """The places for which a step's line stands."""
    name = step.target.split("[")[0]
    if not exercise.by_name[name].is_sequence:
        yield (name, None)
        return
    first, last = (_time(text) for text in step.times)
    for time in range(first, last + 1):
        yield (name, time)


def _time(text: str) -> int:
    """A bound such as ``1``, ``T`` or ``T-1``."""
    return int(text) if text.isdigit() else STEPS + int(text[1:] or 0)


def _uses(exercise: DerivationExercise, node: Node, times: Mapping[str, int]) -> Iterator[Place]:
    """The derived symbols that an expression needs, with their steps."""
    sums = [n.index for n in walk(node) if isinstance(n, Sum)]
    uses = [n for n in walk(node) if isinstance(n, Use) and exercise.by_name[n.name].derived]
    for values in product(range(1, STEPS + 1), repeat=min(len(set(sums)), 2)):
        here = {**times, **dict(zip(dict.fromkeys(sums), values, strict=False))}
        for use in uses:
            if use.index is None:
                yield (use.name, None)
            elif use.index.base in (None, "T", *here):
                time = resolve(use.index, STEPS, here)
                if 1 <= time <= STEPS:
                    yield (use.name, time)


def _ungrounded(needs: Mapping[Place, list[set[Place]]], settled: set[Place]) -> set[Place]:
    """What cannot be computed from the lines, in whatever order."""
    left = set(needs) - settled
    while True:
        done = {p for p in left if any(not way & left for way in needs[p])}
        if not done:
            return left
        left -= done


def _first_circle(
    exercise: DerivationExercise,
    lines: Mapping[str, Sequence[Line]],
    needs: Mapping[Place, list[set[Place]]],
    left: set[Place],
) -> tuple[Step, tuple[str, ...]] | None:
    """The first step that leads back to itself, and how."""
    for step in exercise.steps:
        if step.target not in lines:
            continue
        for place in _places(exercise, step):
            if place in left and (path := _way_back(place, needs, left)):
                return step, tuple(_name(p, place, exercise) for p in path)
    return None


def _way_back(
    start: Place, needs: Mapping[Place, list[set[Place]]], left: set[Place]
) -> list[Place] | None:
    """The shortest way from a place to itself, among the places that are left."""
    before: dict[Place, Place] = {}
    queue = deque([start])
    while queue:
        place = queue.popleft()
        for after in sorted(set().union(*needs[place]) & left, key=str):
            if after == start:
                path = [start]
                while place != start:
                    path.append(place)
                    place = before[place]
                return [start, *reversed(path[1:]), start]
            if after not in before:
                before[after] = place
                queue.append(after)
    return None


def _name(place: Place, start: Place, exercise: DerivationExercise) -> str:
    """A place as it is written in a line for the place ``start``."""
    name, time = place
    if time is None:
        return name
    if start[1] is None:
        return f"{name}[{exercise.indices[0]}]"
    offset = time - start[1]
    return f"{name}[{exercise.indices[0]}{f'{offset:+d}' if offset else ''}]"
