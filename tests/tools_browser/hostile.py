"""What a hostile submission tries on those who look at it: in its outputs, its text, its pictures."""

import base64

# ruff: noqa: E501

TRICKS = (
    "<script>window.hacked=1</script>",
    "<img src=x onerror='window.hacked=1'>",
    "<svg/onload=window.hacked=1>",
    "<style>#explanation, .marking-guide {display: none} body {background: url(https://evil.example/s)}</style>",
    "<iframe srcdoc='<script>parent.hacked=1</script>'></iframe>",
    "<iframe src='javascript:parent.hacked=1'></iframe>",
    "<object data='data:text/html,<script>parent.hacked=1</script>'></object>",
    "<embed src='data:text/html,<script>parent.hacked=1</script>'>",
    "<form action='/formgrader/api/grade/1'><input class='score' id='explanation' value='5'>"
    "<button class='full-credit' autofocus onfocus='window.hacked=1'>go</button></form>",
    "<a href='javascript:window.hacked=1'>page</a>",
    "<a href='data:text/html,<script>opener.hacked=1</script>'>data</a>",
    "<base href='https://evil.example/'><link rel='stylesheet' href='https://evil.example/c.css'>",
    "<meta http-equiv='refresh' content='0;url=https://evil.example/'>",
    "<math><mtext><table><mglyph><style><img src=x onerror='window.hacked=1'>",
    "<details open ontoggle='window.hacked=1'>d</details>",
    "<img src='https://evil.example/pixel.png'>",
)
HTML = "\n".join(TRICKS)
MARKDOWN = r"""
[page](javascript:window.hacked=1) [entity](&#106;avascript:window.hacked=1) ![x](https://evil.example/m.png)
[data](data:text/html;base64,PHNjcmlwdD5vcGVuZXIuaGFja2VkPTE8L3NjcmlwdD4=) ![svg](attachment:a.svg)
[ref]: javascript:window.hacked=1
$\href{javascript:window.hacked=1}{x}$ $\text{<img src=x onerror='window.hacked=1'>}$ <javascript:window.hacked=1>

```html" onmouseover="window.hacked=1
<script>window.hacked=1</script>
```
"""
SVG = "<svg xmlns='http://www.w3.org/2000/svg' onload='window.hacked=1'><script>window.hacked=1</script></svg>"

# run by the grader in its box: outputs of every kind that a notebook can hold
CODE = f"""
from IPython.display import HTML, SVG, Javascript, Markdown, display
html, markdown, svg = {HTML!r}, {MARKDOWN!r}, {SVG!r}
display(HTML(html), Markdown(markdown), SVG(svg), Javascript("window.hacked=1"))
kinds = "text/html", "text/markdown", "image/svg+xml", "application/javascript", "text/latex", "image/png", "text/plain"
for kind in kinds:
    display({{kind: html}}, raw=True)
print(html)
raise RuntimeError(html)
"""


def attachments() -> dict[str, dict[str, str]]:
    """Pictures of a cell's own: one that is a drawing with a script, one that lies about its kind."""
    drawing = base64.b64encode(SVG.encode()).decode()
    return {
        "a.svg": {"image/svg+xml": drawing},
        "b.png": {"image/png": '" onload="window.hacked=1'},
        '"><script>window.hacked=1</script>': {"text/html": drawing},
    }
