"""`{quiz}`: a self-check question with feedback for each answer.

The page holds the question, its choices and, folded, every answer with its feedback: enough for a
reader without scripts. `web/quiz.js` turns that into a form that answers at once. Nothing is sent.
How a question is written: book/README.md.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

CHOICE = re.compile(r"^[-*] +([(\[])([ xX])[)\]] +(.*)$")
NUMBER = re.compile(r"^= *(\S+?)(?: *(?:\+-|±) *(\S+))? *$")


@dataclass
class Answer:
    """One answer as it is written: its text and the feedback that it earns, line by line."""

    right: bool
    text: list[tuple[str, int]] = field(default_factory=list)
    feedback: list[tuple[str, int]] = field(default_factory=list)
    number: float | None = None  # None: a choice, or any other number
    tolerance: float = 0.0


@dataclass
class Question:
    """A question as it is written. `kind` is "one", "many" or "number"."""

    kind: str
    body: list[tuple[str, int]]
    answers: list[Answer]


def parse(lines: list[str]) -> Question:
    """Read the content of the directive.

    Args:
        lines: Its lines.

    Returns:
        The question; line numbers count from 0.

    Raises:
        ValueError: there is no answer, no right one, or kinds of answers are mixed.
    """
    body: list[tuple[str, int]] = []
    answers: list[Answer] = []
    kinds: set[str] = set()
    for at, line in enumerate(lines):
        if choice := CHOICE.match(line):
            kinds.add("one" if choice[1] == "(" else "many")
            answers.append(Answer(choice[2] in "xX", [(choice[3], at)]))
        elif number := NUMBER.match(line):
            kinds.add("number")
            answer = Answer(right=not answers)
            if number[1] != "*":
                answer.number = float(number[1].replace("−", "-"))
                answer.tolerance = float(number[2] or 0)
            answers.append(answer)
        elif not answers:
            body.append((line, at))
        elif line.strip().startswith(">"):
            answers[-1].feedback.append((line.strip()[1:].removeprefix(" "), at))
        elif line.startswith("  ") and not answers[-1].feedback:
            answers[-1].text.append((line.strip(), at))
        elif line.strip():
            raise ValueError(f"line {at + 1} belongs to no answer: {line.strip()!r}")
    if len(kinds) != 1:
        found = " and ".join(sorted(kinds)) or "none"
        raise ValueError(f"a question has answers of one kind, ( ), [ ] or =; found {found}")
    kind = kinds.pop()
    right = sum(answer.right for answer in answers)
    if kind == "one" and right != 1:
        raise ValueError(f"one choice of ( ) should be right, marked (x); {right} are")
    if kind == "number" and answers[0].number is None:
        raise ValueError("the first = line should be the right number, not *")
    if missing := [a for a in answers if not a.feedback]:
        said = missing[0].text[0][0] if missing[0].text else missing[0].number
        raise ValueError(f"every answer should have feedback, quoted below it; {said!r} has none")
    return Question(kind, body, answers)


class quiz(nodes.General, nodes.Element):
    """A question; its children are the question's and the answers' parts."""


class quiz_part(nodes.General, nodes.Element):
    """A part of a question that becomes one HTML element: `tag`, with `attributes`."""


class QuizDirective(SphinxDirective):
    """`{quiz} Title`, with the question and its answers as content."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Make the nodes of the question."""
        try:
            question = parse(list(self.content))
        except ValueError as error:
            raise self.error(f"quiz: {error}") from error
        number = self.env.new_serialno("quiz") + 1
        node = quiz(kind=question.kind, name=f"quiz-{number}")
        title = self.arguments[0] if self.arguments else "Check yourself"
        node += self.part("p", [(title, 0)], {"class": "quiz-title"}, inline=True)
        node += self.part("div", question.body, {"class": "quiz-question"})
        if question.kind != "number":
            choices = quiz_part(tag="ol", attributes={"class": "quiz-choices"})
            for answer in question.answers:
                choices += self.part("li", answer.text, {})
            node += choices
        fold = quiz_part(tag="details", attributes={"class": "quiz-answers"})
        summary = quiz_part(tag="summary", attributes={})
        summary += nodes.Text("Answers")
        fold += summary
        said = quiz_part(tag="ol", attributes={"class": "quiz-feedback"})
        for answer in question.answers:
            said += self.feedback(question, answer)
        fold += said
        node += fold
        return [node]

    def feedback(self, question: Question, answer: Answer) -> nodes.Element:
        """Give one answer's feedback, led by its verdict."""
        attributes = {"data-right": str(answer.right).lower()}
        verdict = "Right." if answer.right else "Not quite."
        if question.kind == "number":
            if answer.number is None:
                attributes["data-other"] = "true"
                verdict = "Any other number:"
            else:
                attributes["data-number"] = repr(answer.number)
                attributes["data-tolerance"] = repr(answer.tolerance)
                verdict = f"{answer.number:g}: {verdict.lower()}"
        elif question.kind == "many":
            verdict = "Belongs." if answer.right else "Does not belong."
        item = quiz_part(tag="li", attributes=attributes)
        lead = quiz_part(tag="strong", attributes={"class": "quiz-verdict"})
        lead += nodes.Text(verdict)
        item += lead
        item += self.part("div", answer.feedback, {})
        return item

    def part(
        self,
        tag: str,
        lines: list[tuple[str, int]],
        attributes: dict[str, str],
        inline: bool = False,
    ) -> nodes.Element:
        """Parse lines of the directive into one part."""
        node = quiz_part(tag=tag, attributes=attributes)
        if inline:
            children, messages = self.state.inline_text(lines[0][0], self.lineno)
            node += children + messages
            return node
        source = self.state_machine.document.current_source or ""
        text = StringList(
            [line for line, _ in lines],
            items=[(source, self.content_offset + at) for _, at in lines],
        )
        self.state.nested_parse(text, self.content_offset + (lines[0][1] if lines else 0), node)
        return node


def visit_quiz(self, node: quiz) -> None:  # type: ignore[no-untyped-def]
    """Open the question."""
    self.body.append(f'<div class="quiz" data-kind="{node["kind"]}" id="{node["name"]}">\n')


def depart_quiz(self, node: quiz) -> None:  # type: ignore[no-untyped-def]
    """Close the question."""
    self.body.append("</div>\n")


def visit_part(self, node: quiz_part) -> None:  # type: ignore[no-untyped-def]
    """Open a part."""
    attributes = node["attributes"].items()
    written = "".join(f' {key}="{self.attval(value)}"' for key, value in attributes)
    self.body.append(f"<{node['tag']}{written}>")


def depart_part(self, node: quiz_part) -> None:  # type: ignore[no-untyped-def]
    """Close a part."""
    self.body.append(f"</{node['tag']}>\n")


def skip(self, node: nodes.Element) -> None:  # type: ignore[no-untyped-def]
    """Write the children alone, where the output is not HTML."""


def setup(app: Sphinx) -> None:
    """Register the directive and how its parts are written."""
    other: Any = {builder: (skip, skip) for builder in ("latex", "text", "texinfo", "man")}
    app.add_node(quiz, html=(visit_quiz, depart_quiz), **other)
    app.add_node(quiz_part, html=(visit_part, depart_part), **other)
    app.add_directive("quiz", QuizDirective)
