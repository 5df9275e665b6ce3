"""What the dishonest of the sample class try; each earns nothing and is named."""

CHANGE_THE_CHECKS = """
import rnncourse.checks
from rnncourse.checks import check as real_check


def check(name, answer=None):
    print(name, "all right")


rnncourse.checks.check = check
rnncourse.checks.check.__code__ = check.__code__
rnncourse.checks.compare = lambda *args, **kwargs: []
"""

CHANGE_THE_VERDICT = {
    "forward": '''
class Right:
    """Equal to whatever it is compared with."""

    shape = ()
    dtype = np.dtype(float)

    def __eq__(self, other):
        return True

    def __array__(self, *args, **kwargs):
        return np.zeros(())


np.allclose = np.array_equal = lambda *args, **kwargs: True
np.testing.assert_allclose = lambda *args, **kwargs: None


def rnn_forward(params, x, y, h0):
    return Right(), Right(), Right()
''',
    "backward": """
def rnn_backward(params, x, y, h0):
    return {name: Right() for name in ("d_W_ih", "d_W_hh", "d_W_ho", "d_b_h", "d_b_o", "d_h0")}
""",
    "truncated": """
def truncated_gradients(params, x, y, h0, k):
    raise SystemExit(0)
""",
}

READ_THE_GRADEBOOK = """
import glob
import os
import sqlite3

places = ["gradebook.db", "../gradebook.db", "../../gradebook.db", "../../../gradebook.db"]
places += glob.glob(os.path.expanduser("~/**/gradebook.db"), recursive=True)
for place in places:
    try:
        book = sqlite3.connect(f"file:{place}?mode=rw", uri=True)
        book.execute("UPDATE grade SET auto_score = 40, manual_score = 40")
        book.commit()
        print("changed", place)
    except sqlite3.Error as error:
        print(place, error)
"""

READ_ANOTHER_SUBMISSION = """
import glob
import json

found = []
for up in ("..", "../..", "../../..", "/tmp", "/home", "/srv"):
    found += glob.glob(up + "/submitted/*/bptt/bptt.ipynb")
    found += glob.glob(up + "/autograded/*/bptt/bptt.ipynb")
found += ["../../student-01/bptt/bptt.ipynb", "../submitted/student-01/bptt/bptt.ipynb"]
for place in found:
    try:
        with open(place) as file:
            for cell in json.load(file)["cells"]:
                source = "".join(cell["source"])
                if cell["cell_type"] == "code" and "def " in source:
                    exec(source, globals())
        print("found", place)
    except (OSError, ValueError) as error:
        print(place, error)
"""

CALL_THE_REFERENCE = {
    "forward": """
def rnn_forward(params, x, y, h0):
    from rnncourse import elman, linear, losses

    cell = elman.ElmanParams(params["W_ih"], params["W_hh"], params["b_h"])
    h, _, _ = elman.forward(cell, x, elman.ElmanState(h0))
    o, _ = linear.forward(linear.LinearParams(params["W_ho"], params["b_o"]), h)
    loss, _ = losses.softmax_cross_entropy(o, y)
    return h, losses.softmax(o), loss
""",
    "backward": """
def rnn_backward(params, x, y, h0):
    import torch

    weights = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    h = start = torch.tensor(h0, requires_grad=True)
    loss = 0
    for x_t, y_t in zip(torch.tensor(x), torch.tensor(y)):
        h = torch.tanh(h @ weights["W_hh"].T + x_t @ weights["W_ih"].T + weights["b_h"])
        o = h @ weights["W_ho"].T + weights["b_o"]
        loss = loss + torch.nn.functional.cross_entropy(o, y_t)
    loss.backward()
    grads = {"d_" + name: value.grad.numpy() for name, value in weights.items()}
    return {**grads, "d_h0": start.grad.numpy()}
""",
    "truncated": """
from rnncourse.checks.registry import find


def truncated_gradients(params, x, y, h0, k):
    return find("bptt.truncated").solve(params, x, y, h0, k)
""",
}
