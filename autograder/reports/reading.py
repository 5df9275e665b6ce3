"""What a student reads next: where the book explains a mistake, or the chapter of the item."""

from collections import Counter
from collections.abc import Iterator

from autograder import taught
from autograder.assignment import Assignment, WrittenItem
from autograder.reports.pages import Link, link_to
from autograder.verdict import SubmissionVerdict, Verdict


def next_pages(
    verdict: SubmissionVerdict, assignment: Assignment, site_url: str
) -> dict[str, tuple[Link, ...]]:
    """Places in the book for each item that lost points, by its cell."""
    whole = _pages(assignment)
    return {
        v.cell: tuple(_links(v, whole, site_url))
        for v in verdict.verdicts
        if v.points < v.max_points
    }


def _links(verdict: Verdict, pages: dict[str, taught.Place], site_url: str) -> Iterator[Link]:
    labels = dict.fromkeys(part.taught for part in verdict.parts if part.taught)
    found = [link for label in labels if (link := link_to(label, site_url))]
    yield from found
    if not found and verdict.cell in pages:
        place = pages[verdict.cell]
        url = f"{site_url.rstrip('/')}/{place.page}.html" if site_url else ""
        yield Link(place.chapter, url)


def _pages(assignment: Assignment) -> dict[str, taught.Place]:
    """The chapter of each item: the one that explains most of its mistakes.

    An item none of whose mistakes is explained has the chapter of the assignment.
    """
    of_item = {item.cell: _places(assignment, item.cell) for item in assignment.items}
    all_places = [place for places in of_item.values() for place in places]
    return {
        cell: _most_frequent(places or all_places)
        for cell, places in of_item.items()
        if places or all_places
    }


def _places(assignment: Assignment, cell: str) -> list[taught.Place]:
    item = assignment.item(cell)
    labels = [] if isinstance(item, WrittenItem) else [m.taught for m in item.mistakes]
    return [place for label in labels if (place := taught.place_of(label))]


def _most_frequent(places: list[taught.Place]) -> taught.Place:
    page, _ = Counter(place.page for place in places).most_common(1)[0]
    return next(place for place in places if place.page == page)
