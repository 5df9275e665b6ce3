"""Count how wrong answers are diagnosed: by their own name, by none, by a wrong one."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from autograder.assignment import SOLUTIONS, Assignment, CodeItem, DerivationItem
from autograder.diagnosis.attempts import Answers, Attempt, Item
from autograder.judge.catalogue import solution_cells
from autograder.verdict import Verdict

OWN, NONE, WRONG, NO_LOSS = "own", "none", "wrong", "no marks lost"


@dataclass(frozen=True)
class Finding:
    """What became of one wrong answer."""

    assignment: str
    cell: str
    member: str
    kind: str
    made: tuple[str, ...]
    recognised: tuple[str, ...]
    result: str
    said: str  # what the student reads


@dataclass(frozen=True)
class Measured:
    """All that was tried of one assignment."""

    assignment: str
    findings: tuple[Finding, ...]

    def counts(self, kind: str) -> Counter[str]:
        """How often each result came, for one kind of answers."""
        return Counter(f.result for f in self.findings if f.kind == kind)


def measure(
    assignment: Assignment,
    *,
    most: int = 150,
    networks: int | None = None,
    cases: int | None = 4,
    seed: int = 0,
    solutions: Path = SOLUTIONS,
    progress: Callable[[Finding], None] | None = None,
) -> Measured:
    """Judge every wrong answer that the catalogue gives.

    Args:
        assignment: whose catalogue.
        most: as many pairs, and mistakes in other right answers, are tried for an item at most.
        networks: as many versions of a personal item are taken; None for all.
        cases: hidden cases of a function; None for all.
        seed: of the hidden cases and of the samples.
        solutions: the folder of the instructor versions.
        progress: called after each answer.
    """
    answers = Answers(assignment, solution_cells(assignment, solutions), cases)
    findings = []
    for attempt in _attempts(assignment, answers, most, networks, Random(seed)):
        findings.append(finding(assignment.name, attempt, attempt.judged(seed)))
        if progress:
            progress(findings[-1])
    return Measured(assignment.name, tuple(findings))


def _attempts(
    assignment: Assignment, answers: Answers, most: int, networks: int | None, rng: Random
) -> Iterator[Attempt]:
    for item in assignment.items:
        if not isinstance(item, CodeItem | DerivationItem):
            continue
        versions = _versions(item)
        versions = (
            versions if networks is None else rng.sample(versions, min(networks, len(versions)))
        )
        share = -(-most // len(versions))
        for version in versions:
            yield from answers.alone(version)
            yield from answers.two(version, share, rng)
            yield from answers.otherwise(version)
            yield from answers.elsewhere(version, share, rng)


def _versions(item: Item) -> list[Item]:
    return list(item.personal.versions.values()) if item.personal else [item]


def finding(name: str, attempt: Attempt, verdict: Verdict) -> Finding:
    """What became of one wrong answer of the assignment ``name``."""
    recognised = tuple(dict.fromkeys(verdict.mistakes))
    if verdict.points >= verdict.max_points:
        result = NO_LOSS
    elif set(recognised) - set(attempt.made):
        result = WRONG
    else:
        result = OWN if recognised else NONE
    said = [p.diagnosis for p in verdict.parts if p.diagnosis]
    return Finding(
        assignment=name,
        cell=attempt.item.cell,
        member=attempt.item.member,
        kind=attempt.kind,
        made=attempt.made,
        recognised=recognised,
        result=result,
        said=" ".join([verdict.diagnosis, *said]).strip(),
    )
