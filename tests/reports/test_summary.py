import io

from autograder.reports import summary
from autograder.reports.results import ItemResult, Result
from autograder.verdict import Incident, Outcome, Part, Verdict


def shown(*results):
    out = io.StringIO()
    summary.show(results, out, width=140)
    return out.getvalue()


def test_it_shows_student_item_points_and_diagnosis(made_up):
    text = shown(Result(made_up.verdict("ada"), name="Ada L"))
    assert "ada" in text and "Ada L" in text
    assert "6 of 19" in text
    assert "5 more to be graded by hand" in text
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "Backward pass 2/5 d_W_hh: state-one-late" in lines
    assert "Truncated BPTT 0/5 Still running after 10 s." in lines
    assert "1 item 4/4 right" in lines


def test_a_cheat_and_an_unreadable_file_are_named(made_up):
    cheat = Incident("opened-gradebook", "tries to open the gradebook", cheat=True)
    text = shown(
        Result(made_up.verdict("ben", incidents=(cheat,))),
        Result(made_up.verdict("cy", problem="The file is empty.", verdicts=())),
    )
    assert "cheat" in text and "The notebook tries to open the gradebook." in text
    assert "The file is empty." in text


def test_what_a_student_wrote_is_no_markup_and_no_escape_code(made_up):
    verdict = Verdict("c", "[red]Title[/red]", Outcome.WRONG, 0, 1, (), "\x1b[2J[bold]x[/bold]")
    text = shown(Result(made_up.verdict("[b]ada[/b]", verdicts=(verdict,))))
    assert "\x1b" not in text
    assert "[b]ada[/b]" in text and "[bold]x[/bold]" in text and "[red]Title[/red]" in text


def test_parts_with_one_cause_are_named_together():
    parts = (
        Part("a", 0, 1, "off.", "", "late"),
        Part("b", 0, 1, "off.", "", "late"),
        Part("c", 0, 1, "wrong shape."),
        Part("d", 0, 1, "another thing."),
        Part("e", 1, 1),
    )
    item = ItemResult(Verdict("c", "Code", Outcome.PARTLY, 1, 5, parts))
    assert summary.diagnosis(item) == "a, b: late; c: wrong shape; 1 more"
