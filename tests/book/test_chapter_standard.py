"""Every chapter has what book/README.md and the syllabus ask of a chapter, as far as text can show.

Nothing is run: whether a claim holds is asserted in the chapter itself, when it is built. A page
that holds no code yet is a place kept for a chapter, and is left out.
"""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tools.site.paths import BOOK
from tools.site.toc import entries
from tools.sphinx_ext.quiz import parse

NOT_CHAPTERS = {"", "Graded assignments", "The library", "Appendices"}
KINDS = ("Recall", "Derive", "Implement", "Predict", "Research")
DUE_AFTER = {  # an assignment, and the chapter after which it can be done
    "forward": "recurrence/networks",
    "bptt": "recurrence/bptt",
    "longterm": "memory/reservoirs",
    "gated": "gates/gru",
    "tcn": "convolution/tcn",
}
AMERICAN = re.compile(
    r"\b(?:behavior|neighbor|color|flavor|favor|labor|honor|center|gray|analyz|modeling|labeled|"
    r"labeling|signaling|learned|(?:initial|normal|general|regular|recogn|summar|visual|minim|"
    r"maxim|organ|real|vector|parametr|random|special|penal|memor)iz(?:e|es|ed|ing|ation)\b)",
    re.IGNORECASE,
)


class Exercise(NamedTuple):
    """An exercise as it is written, and its solution if there is one."""

    title: str
    label: str
    text: str
    solution: str | None


class Chapter(NamedTuple):
    """A chapter's text: all of it, its front matter, and its prose without code and formulas."""

    page: str
    text: str
    front: dict[str, object]
    body: str
    prose: str


def read(page: str, folder: Path = BOOK) -> Chapter:
    """Read the file of a page."""
    return taken_apart(page, (folder / f"{page}.md").read_text("utf8"))


def taken_apart(page: str, text: str) -> Chapter:
    """Part a chapter into what the checks look at."""
    _, front, body = text.split("---\n", 2)
    prose = re.sub(r"^```\{code-cell\}.*?^```$", "", body, flags=re.M | re.S)
    prose = re.sub(r"\$\$.*?\$\$", "", prose, flags=re.S)
    prose = re.sub(r"`[^`\n]*`|\$[^$\n]*\$|\]\([^)\n]*\)", "", prose)
    return Chapter(page, text, yaml.safe_load(front), body.lstrip("\n"), prose)


def exercises(chapter: Chapter) -> list[Exercise]:
    """The exercises in their order."""
    solutions = dict(
        re.findall(
            r"^```\{solution-start\} (\S+)\n:class: dropdown\n```$(.*?)^```\{solution-end\}$",
            chapter.body,
            flags=re.M | re.S,
        )
    )
    found = re.findall(
        r"^```\{exercise\} (.+?)\n:label: (\S+)\n(.*?)^```$", chapter.body, flags=re.M | re.S
    )
    return [Exercise(title, name, text, solutions.get(name)) for title, name, text in found]


def cells(chapter: Chapter) -> list[str]:
    """The code of the chapter's cells."""
    found = re.findall(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", chapter.body, flags=re.M | re.S)
    return [str(cell) for cell in found]


def label(chapter: Chapter) -> str:
    """The label on the chapter's first line; empty where there is none."""
    first = re.match(r"\(([a-z0-9-]+)\)=\n# ", chapter.body)
    return first[1] if first else ""


def opening(chapter: Chapter) -> list[str]:
    """What is wrong with the front matter and with what stands before the first section."""
    wrong = []
    myst = chapter.front.get("myst")
    meta = myst.get("html_meta", {}) if isinstance(myst, dict) else {}
    if not 60 <= len(str(meta.get("description", ""))) <= 250:
        wrong.append("a description of 60 to 250 characters in the front matter")
    if not label(chapter):
        wrong.append("a label on the first line, then the title")
    before = chapter.body.split("\n## ")[0]
    if not re.search(r"you can$|you will be able to", before, flags=re.M | re.I):
        wrong.append("what the reader will be able to do, before the first section")
    if not 3 <= len(re.findall(r"^- ", before, flags=re.M)) <= 6:
        wrong.append("three to six things that the reader will be able to do, as a list")
    first = chapter.body.split("\n## ", 2)[1]
    if "?" not in taken_apart("", f"---\n---\n{first}").prose or "assert" not in first:
        wrong.append("a question and an experiment in the first section")
    return wrong


def practice(chapter: Chapter) -> list[str]:
    """What is wrong with exercises, questions and mistakes."""
    wrong, asked = [], exercises(chapter)
    if chapter.body.count("```{exercise}") != len(asked):
        wrong.append("a title and a label for every exercise")
    kinds = []
    for exercise in asked:
        kind = re.match(r"\s*\*([A-Z][a-z]+)[^*]*\.\*", exercise.text)
        kinds.append(kind[1] if kind else "")
        if kinds[-1] not in KINDS:
            wrong.append(f"a kind in italics at the start of {exercise.label}")
        if not exercise.label.startswith("ex-"):
            wrong.append(f"a label that begins with ex- instead of {exercise.label}")
        if exercise.solution is None or len(exercise.solution.split()) < 15:
            wrong.append(f"a folded solution of {exercise.label}")
    wrong += [f"an exercise of the kind {kind}" for kind in KINDS[:4] if kind not in kinds]
    if not 5 <= len(asked) - ("Research" in kinds) <= 8:
        wrong.append(f"five to eight exercises and at most one for research, not {len(asked)}")
    if sum("{code-cell}" in (e.solution or "") for e in asked) < len(asked) - 2:
        wrong.append("solutions that run")

    quizzes = re.findall(r"^:::\{quiz\}[^\n]*\n(.*?)^:::$", chapter.body, flags=re.M | re.S)
    if not 3 <= len(quizzes) <= 6:
        wrong.append(f"three to six questions to check oneself, not {len(quizzes)}")
    for question in quizzes:
        parse(question.splitlines())  # refuses an answer without feedback

    mistakes = re.findall(r"^\((mistake-[a-z0-9-]+)\)=\n(.)", chapter.body, flags=re.M)
    if len(mistakes) < 3:
        wrong.append("three common mistakes with labels")
    for name, first in mistakes:
        if not name.startswith(f"mistake-{label(chapter)}-") or first != "*":
            wrong.append(f"mistake-{label(chapter)}-… and a mistake in bold, not {name}")
    return wrong


def shown(chapter: Chapter) -> list[str]:
    """What is wrong with figures, tables and sources."""
    wrong, code = [], "\n".join(cells(chapter))
    interactive = re.findall(r"^figure\(\n?\s*[\"'](\w+)[\"'](.*?)^\)", code, flags=re.M | re.S)
    drawn = len(re.findall(r"^\s*show\(", code, flags=re.M))
    drawn += len(re.findall(r"^(?:plots|graphs)\.\w+\(", code, flags=re.M))
    if drawn < 3:
        wrong.append(f"three computed figures, not {drawn}")
    if not interactive:
        wrong.append("an interactive figure")
    wrong += [f"a description of {name}" for name, given in interactive if "alt=" not in given]
    for call in re.findall(r"^\s*show\((.*?)^\s*\)", code, flags=re.M | re.S):
        if not re.search(r"alt=\(?\s*f?[\"']", call):
            wrong.append(f"a description in show({call.strip()[:30]}…)")
        elif "{" not in call:
            wrong.append(f"computed numbers in the description {call.strip()[:50]}…")
    if "\n| on paper |" not in chapter.body:
        wrong.append("a table of equations, shapes and lines of the library")
    sections = re.findall(r"^## (.+)$", chapter.body, flags=re.M)
    for wanted in ("Common mistakes", "Exercises", "Check yourself", "Where this comes from"):
        if not any(section.startswith(wanted) for section in sections):
            wrong.append(f"a section “{wanted}”")
    if "{cite" not in chapter.body.split("## Where this comes from")[-1]:
        wrong.append("its primary sources, cited")
    if re.search(r"\b[Cc]hapter \d", chapter.prose.split("## Where this comes from")[0]):
        wrong.append("chapters by their names: their numbers change")
    american = sorted({found[0] for found in AMERICAN.finditer(chapter.prose)})
    if american:
        wrong.append(f"British spelling instead of {', '.join(american)}")
    return wrong


LISTED = [entry.page for entry in entries() if entry.part not in NOT_CHAPTERS]
CHAPTERS = [page for page in LISTED if "{code-cell}" in (BOOK / f"{page}.md").read_text("utf8")]


def test_chapters_are_found():
    assert {"recurrence/bptt", "gates/lstm", "sequences/tasks"} <= set(CHAPTERS)


@pytest.mark.parametrize("page", CHAPTERS)
@pytest.mark.parametrize("check", [opening, practice, shown])
def test_chapter_has(page, check):
    wrong = check(read(page))
    assert not wrong, f"{page} should have\n  " + "\n  ".join(wrong)


def test_labels_are_given_once():
    given: dict[str, str] = {}
    marks = r"^\(([a-z0-9-]+)\)=$|^:label: (\S+)$|^\$\$ \(([a-z0-9-]+)\)$"
    for page in CHAPTERS:
        for found in re.findall(marks, read(page).text, flags=re.M):
            name = "".join(found)
            assert name not in given, f"{name} is a label in {given[name]} and in {page}"
            given[name] = page


def test_what_is_referred_to_is_there():
    everywhere = "\n".join(path.read_text("utf8") for path in BOOK.rglob("*.md"))
    labels = set(re.findall(r"^\(([a-z0-9-]+)\)=|^:(?:label|name): (\S+)", everywhere, re.M))
    known = {"".join(pair) for pair in labels}
    equations = set(re.findall(r"^\$\$ \(([a-z0-9-]+)\)", everywhere, re.M))
    missing = set()
    for page in CHAPTERS:
        prose = re.sub(r"^```\{code-cell\}.*?^```$", "", read(page).body, flags=re.M | re.S)
        for role, target in re.findall(r"\{(ref|eq|numref)\}`(?:[^`<]*<)?([^`>]+)>?`", prose):
            if target not in (equations if role == "eq" else known):
                missing.add((page, target))
        for target in re.findall(r"\]\(([\w./-]+\.md)\)", prose):
            if not (BOOK / page).parent.joinpath(target).resolve().is_file():
                missing.add((page, target))
    assert not missing


@pytest.mark.parametrize("name", sorted(DUE_AFTER))
def test_assignment_is_reached_from_its_chapter(name):
    if f"assignments/{name}" not in {entry.page for entry in entries()}:
        pytest.skip(f"there is no assignment {name} yet")
    assert f"assignments/{name}.ipynb" in read(DUE_AFTER[name]).body
