"""What a page loads: nothing that its text would have to wait for.

The theme and its extensions put scripts into the head that stop the page until they have come.
Here they are all deferred: they run in the same order, after the text is there.
"""

import re

SCRIPT = re.compile(r"<script(?P<given>[^>]*)>(?P<text>.*?)</script>", re.DOTALL)
SEARCH = ("searchtools.js", "language_data.js", "searchindex.js")
VIEWPORT = re.compile(r'\s*<meta name="viewport" content="width=device-width, initial-scale=1"/>')


def deferred(html: str) -> str:
    """Let no script of the head stop the page.

    A script from a file gets `defer`. A text that speaks to one of them has to follow it, and so
    becomes a module, which is deferred too; a text that only sets something stays where it is.
    """
    end = html.find("</head>")
    if end < 0:
        return html

    def mend(script: re.Match[str]) -> str:
        given, text = script["given"], script["text"]
        if "src=" in given and not re.search(r"\b(?:defer|async)\b|type=.module", given):
            return f"<script defer{given}>{text}</script>"
        if not given and text.startswith("DOCUMENTATION_OPTIONS"):
            return f'<script type="module">{text}</script>'
        return script[0]

    return SCRIPT.sub(mend, html[:end]) + html[end:]


def without_search(html: str) -> str:
    """Leave the search's index to the page that searches."""
    for name in SEARCH:
        html = re.sub(
            rf'\s*<script[^>]*src="[^"]*\b{re.escape(name)}[^"]*"[^>]*></script>', "", html
        )
    return html


def mended(html: str, *, searches: bool) -> str:
    """A page as it should load; `searches` says whether it is the page of the search."""
    html = VIEWPORT.sub("", html)
    return deferred(html if searches else without_search(html))
