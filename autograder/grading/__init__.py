"""A submission's way to its verdict, on this machine or another: no gradebook, no course folder.

``task`` says what is graded and does it; ``threads``, ``pool`` and ``cluster`` are executors,
which run tasks somewhere; ``autograder.gradebook.grade`` is the coordinator, which alone reads the
course and writes the gradebook.
"""
