"""The visible checks of the assignments.

    from rnncourse.checks import check
    check("bptt.forward", rnn_forward)

says what is wrong with an answer and where, and never what would be right. ``my_network`` shows
the network that an assignment asks of you alone.
"""

from rnncourse.checks.check import CheckFailed, check
from rnncourse.checks.layout import batch_first
from rnncourse.notebook.network import my_network

__all__ = ["CheckFailed", "batch_first", "check", "my_network"]
