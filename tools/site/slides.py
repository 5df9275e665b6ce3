"""Makes a deck of slides of every chapter from the built page itself, so that neither drifts.

A slide is a section's heading, the sentences that its text stresses or asks, and one thing to look
at: an equation, a figure, a table, a short piece of code, a mistake, a question, an exercise. The
text that is read on the page stands in the speaker's notes (key S). Figures and questions stay
alive; nothing comes from another host.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from .paths import HTML

END = re.compile(r"(?<=[.!?])\s+")
CODE_LINES = 12  # longer code is read on the page
LIST_WORDS = 70
TABLE_ROWS = 9
POINTS = 3  # sentences beside one exhibit
SCRIPTS = re.compile(r"mathjax|figures\.js|quiz\.js")
STYLES = re.compile(r"pygments|fonts\.css|site\.css|exercise\.css")
VENDOR = "../_static/vendor/reveal"
PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Slides: {title}</title>
<meta name="description" content="Slides of the chapter {title}, made from its page.">
<link rel="icon" href="../_static/favicon.svg">
<link rel="stylesheet" href="{vendor}/reveal.css">
{head}
<link rel="stylesheet" href="../_static/slides.css">
</head>
<body>
<div class="reveal"><div class="slides">
{slides}
</div></div>
<script src="{vendor}/reveal.js"></script>
<script src="{vendor}/notes.js"></script>
<script src="../_static/slides.js"></script>
</body>
</html>
"""


@dataclass
class Slide:
    """One slide: sentences, one thing to look at, and what is said meanwhile (all HTML)."""

    heading: str
    points: list[str] = field(default_factory=list)
    exhibit: str = ""
    notes: list[str] = field(default_factory=list)

    def html(self) -> str:
        """The slide as reveal.js wants it."""
        points = "".join(f"<p>{point}</p>" for point in self.points)
        notes = f'<aside class="notes">{"".join(self.notes)}</aside>' if self.notes else ""
        exhibit = f'<div class="exhibit">{self.exhibit}</div>' if self.exhibit else ""
        return f"<section><h2>{self.heading}</h2>{points}{exhibit}{notes}</section>"


def slides(chapters: list[str], folder: Path = HTML) -> list[Path]:
    """Write `slides/<chapter>.html` beside the built pages.

    Args:
        chapters: Pages that have been built, such as "recurrence/bptt".
        folder: The built site.
    """
    target = folder / "slides"
    target.mkdir(exist_ok=True)
    written = []
    for name in chapters:
        page = BeautifulSoup((folder / f"{name}.html").read_text("utf8"), "html.parser")
        path = target / f"{Path(name).name}.html"
        text = deck(page, f"{name}.html")
        if not path.exists() or path.read_text("utf8") != text:
            path.write_text(text, "utf8")
        written.append(path)
    for stray in set(target.glob("*.html")) - set(written):
        stray.unlink()
    return written


def deck(page: BeautifulSoup, address: str) -> str:
    """A built page as a deck.

    Args:
        page: The page.
        address: Where it lies in the site: its links start there.
    """
    article = page.find("article")
    assert isinstance(article, Tag)
    for unwanted in article.select("a.headerlink, .solution, script, .quiz-answers summary"):
        unwanted.decompose()
    for tag, attribute in (("a", "href"), ("img", "src")):
        for element in article.find_all(tag):
            if (link := element.get(attribute)) and not urlsplit(str(link)).scheme:
                element[attribute] = "../" + urljoin(address, str(link))
    for element in article.select("section[id], span[id]"):
        del element["id"]
    title = article.find("h1")
    chapter = title.find_parent("section") if title else None
    assert isinstance(title, Tag) and isinstance(chapter, Tag)
    stacks = [section(chapter, title.decode_contents())]
    for part in chapter.find_all("section", recursive=False):
        heading = part.find("h2")
        if isinstance(heading, Tag):
            stacks.append(section(part, heading.decode_contents()))
    stacks[0][0] = _title(stacks[0][0], f"../{address}")
    body = [f"<section>{''.join(s.html() for s in stack)}</section>" for stack in stacks if stack]
    head = "\n".join(_head(page))
    return PAGE.format(
        title=escape(title.get_text()), vendor=VENDOR, head=head, slides="\n".join(body)
    )


def _title(first: Slide, page: str) -> Slide:
    """The first slide: what the chapter is, and where it can be read."""
    link = f'<p class="read">The page: <a href="{page}">{page.removeprefix("../")}</a>. '
    keys = "Keys: arrows, O for all slides, S for the speaker's notes, F for the whole screen.</p>"
    return Slide(first.heading, first.points, first.exhibit + link + keys, first.notes)


def _head(page: BeautifulSoup) -> Iterator[str]:
    """The scripts and styles of a page that its slides need too."""
    for link in page.find_all("link", rel="stylesheet"):
        if STYLES.search(str(link.get("href"))):
            yield f'<link rel="stylesheet" href="{_from_slides(str(link["href"]))}">'
    for script in page.find_all("script"):
        source = script.get("src")
        if source and SCRIPTS.search(str(source)):
            yield f'<script defer src="{_from_slides(str(source))}"></script>'
        elif not source and "window.MathJax" in script.get_text():
            yield f"<script>{script.get_text()}</script>"


def _from_slides(link: str) -> str:
    return "../" + link[link.index("_static/") :]


def section(part: Tag, heading: str) -> list[Slide]:
    """The slides of one section of a page, in its order; its subsections are part of it.

    Args:
        part: The section. The whole chapter gives the slides of what stands before its sections.
        heading: Its heading, as HTML.
    """
    made: list[Slide] = []
    points: list[str] = []
    notes: list[str] = []
    for block in blocks(part):
        if block.name in ("h3", "h4"):
            heading = f"{heading.split('<small>')[0]}<small>{block.decode_contents()}</small>"
            continue
        if block.name == "p" and "admonition-title" not in block.get_attribute_list("class"):
            points += [sentence for sentence in sentences(block) if stressed(sentence)]
            notes.append(str(block))
            continue
        shown = list(exhibits(block))
        if not shown and block.name in ("ul", "ol", "dl"):
            notes.append(str(block))
        for exhibit in shown:
            if not notes and made and _is_code(exhibit) and _is_formula(made[-1].exhibit):
                made[-1].exhibit += exhibit  # the lines that compute what the formula says
                continue
            if len(points) > POINTS:
                made.append(Slide(heading, points[:-1], "", notes[:-1]))
                points, notes = points[-1:], notes[-1:]
            made.append(Slide(heading, points or _lead(notes), exhibit, notes))
            points, notes = [], []
    if points or (notes and not made):
        made.append(Slide(heading, points or _lead(notes), "", notes))
    return made


def _is_code(exhibit: str) -> bool:
    return exhibit.startswith('<div class="highlight')


def _is_formula(exhibit: str) -> bool:
    return exhibit.startswith('<div class="math') and not exhibit.endswith("</pre></div>")


def blocks(part: Tag) -> Iterator[Tag]:
    """What stands in a section, but its own heading; of the chapter, what is in no section."""
    for child in part.find_all(recursive=False):
        if child.name == "section":
            if part.find("h1", recursive=False) is None:
                yield from blocks(child)
        elif child.name not in ("h1", "h2", "span"):
            yield child


def _lead(notes: list[str]) -> list[str]:
    """The last sentence before an exhibit, where nothing before it is stressed."""
    if not notes:
        return []
    paragraph = BeautifulSoup(notes[-1], "html.parser").find("p")
    found = list(sentences(paragraph)) if isinstance(paragraph, Tag) else []
    return found[-1:]


def sentences(paragraph: Tag) -> Iterator[str]:
    """The sentences of a paragraph as HTML; what stands between tags is never cut."""
    kept = ""
    for child in paragraph.contents:
        if isinstance(child, Tag):
            kept += str(child)
            if re.search(r"[.!?]$", child.get_text().strip()) and child.name == "strong":
                yield kept.strip()
                kept = ""
            continue
        *whole, rest = END.split(escape(str(child), quote=False))
        for piece in whole:
            if (kept + piece).strip():
                yield (kept + piece).strip()
            kept = ""
        kept += rest
    if kept.strip():
        yield kept.strip()


def stressed(sentence: str) -> bool:
    """Whether a sentence is for the slide: its author set it in bold, or it asks."""
    read = BeautifulSoup(sentence, "html.parser")
    bold = sum(len(strong.get_text().split()) for strong in read.find_all("strong"))
    return bold >= 3 or read.get_text().rstrip().endswith("?")


def exhibits(block: Tag) -> Iterator[str]:
    """What there is to look at in one block of a page, as HTML."""
    classes = block.get_attribute_list("class")
    if "cell" in classes:
        yield from _of_cell(block)
    elif block.name in ("ul", "ol", "dl"):
        if len(block.get_text().split()) <= LIST_WORDS or block.find_previous_sibling("h1"):
            yield str(block)
    elif "table" in classes or "pst-scrollable-table-container" in classes:
        if len(block.find_all("tr")) <= TABLE_ROWS + 1:
            yield str(block)
    elif block.name == "details":
        return
    elif block.name == "blockquote" or {"math", "exercise", "quiz", "highlight"} & set(classes):
        yield str(block)
    elif block.name in ("figure", "div", "form") and classes != ["toctree-wrapper"]:
        for child in block.find_all(recursive=False):
            yield from exhibits(child)


def _of_cell(cell: Tag) -> Iterator[str]:
    """The code of a cell if it is shown and short, then its pictures, tables and sentences."""
    source = cell.select_one(":scope > .cell_input pre")
    pending = ""
    if source and _worth_showing(source.get_text().strip().splitlines()):
        pending = str(source.find_parent(class_="highlight"))
    for output in cell.select(":scope > .cell_output, :scope > details .cell_output"):
        for shown in output.select(".rnn-figure, figure.rnn-picture, table, .output > p, pre"):
            if shown.find_parent(class_="rnn-figure"):
                continue
            if shown.name in ("p", "pre") and pending:
                pending += str(shown)  # what the code prints, or what the picture shows in words
                continue
            if pending:
                yield pending
            pending = str(shown)
    if pending:
        yield pending


def _worth_showing(code: list[str]) -> bool:
    """Whether a cell's code is short, and more than imports."""
    own = [line for line in code if line and not line.startswith(("import ", "from "))]
    return bool(own) and len(code) <= CODE_LINES
