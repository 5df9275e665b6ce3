"""When something was due and when it came, in sentences for its student and for the instructor."""

from autograder.gradebook import clock
from autograder.gradebook.lateness import Lateness
from autograder.gradebook.policies import Rule


def words(lateness: Lateness, rule: Rule, zone: str) -> str:
    """Due date, time of the hand-in and, where late, by how much and what follows.

    Empty where there is no due date.
    """
    if lateness.due is None:
        return ""
    due = f"Due {clock.shown(lateness.due, zone)}"
    due += ", with an extension." if lateness.extended else "."
    if lateness.submitted is None:
        return due
    said = f"{due} Handed in {clock.shown(lateness.submitted, zone)}"
    if not lateness.late:
        within = lateness.submitted > lateness.due
        return said + (", within the minutes of grace." if within else ".")
    said += f": {clock.span(lateness.seconds)} late"
    if lateness.closed and not rule.plugin:
        last = f"{rule.days} day{'' if rule.days == 1 else 's'} after it was due"
        return f"{said}, and nothing is earned later than {last if rule.days else 'that'}."
    if not rule.percent_per_day or rule.plugin:
        return f"{said}."
    of = "the points earned" if rule.of == "points" else "all points"
    count = lateness.days
    days = "1 day was begun" if count == 1 else f"{count} days were begun"
    return f"{said}. {days[:1].upper()}{days[1:]}, each costs {rule.percent_per_day:g} % of {of}."
