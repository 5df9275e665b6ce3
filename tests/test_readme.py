"""What the README shows does what it says."""

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_example_prints_what_it_says(capsys):
    code = re.search(r"```python\n(.+?)```", README.read_text("utf8"), re.DOTALL)[1]
    exec(code, {"__name__": "readme"})
    assert capsys.readouterr().out.strip() == re.search(r"# (\S+)\n$", code)[1] == "1.0"
