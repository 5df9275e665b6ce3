"""The visible checks of the assignments: ``check("bptt.forward", rnn_forward)``."""
