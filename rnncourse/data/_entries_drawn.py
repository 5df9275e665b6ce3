"""Tasks that are drawn: `load` gives the generator."""

from __future__ import annotations

from rnncourse.data._entry import drawn
from rnncourse.data.adding import adding
from rnncourse.data.arithmetic import arithmetic
from rnncourse.data.brackets import brackets
from rnncourse.data.copy_memory import copy_memory
from rnncourse.data.elman_tasks import letters_in_words, xor_stream
from rnncourse.data.mackey_glass import mackey_glass
from rnncourse.data.parity import parity
from rnncourse.data.reber import embedded_reber, reber
from rnncourse.data.temporal_order import temporal_order
from rnncourse.data.two_time_scales import two_time_scales
from rnncourse.data.where_is import where_is
from rnncourse.data.years import years

__all__ = ["DRAWN"]

DRAWN = (
    drawn(
        "adding",
        "the sum of two marked numbers among T; chance is a squared error of 1/6",
        "Hochreiter and Schmidhuber 1997, as in Le, Jaitly and Hinton 2015",
        adding,
    ),
    drawn(
        "copy-memory",
        "ten symbols again after T steps; chance is a cross-entropy of 10 ln 8 / (T + 20)",
        "Arjovsky, Shah and Bengio 2016",
        copy_memory,
    ),
    drawn(
        "temporal-order",
        "the order of two or three marks; chance is 1/4 or 1/8 right",
        "Hochreiter and Schmidhuber 1997, experiment 6",
        temporal_order,
    ),
    drawn(
        "parity",
        "whether the number of ones so far is odd; chance is 1/2 right",
        "Minsky and Papert 1969, asked at every step",
        parity,
    ),
    drawn(
        "reber",
        "strings of Reber's grammar; chance is 1/2 where two symbols may follow",
        "Reber 1967",
        reber,
    ),
    drawn(
        "embedded-reber",
        "the last symbol but one repeats the second; chance is 1/2 right",
        "Hochreiter and Schmidhuber 1997, experiment 1",
        embedded_reber,
    ),
    drawn(
        "xor-stream",
        "every third bit is the XOR of the two before; squared error 1/6 at best, chance 1/4",
        "Elman 1990",
        xor_stream,
    ),
    drawn(
        "letters-in-words",
        "words without spaces; only a word's first letter is left to chance",
        "Elman 1990, words drawn independently",
        letters_in_words,
    ),
    drawn(
        "brackets",
        "balanced brackets, which kind must close next; chance is 1/kinds right",
        "the Dyck language, all sequences of a length as likely",
        brackets,
    ),
    drawn(
        "two-time-scales",
        "a slow and a fast wave to be told apart; chance is a squared error of 1/2",
        "after Mozer 1992; the signal is this course's own",
        two_time_scales,
    ),
    drawn(
        "mackey-glass",
        "a chaotic series to be continued; chance is an NRMSE of 1",
        "Mackey and Glass 1977, computed as in Jaeger 2001",
        mackey_glass,
    ),
    drawn(
        "arithmetic",
        "expressions as trees and as sequences, their values modulo m; chance is 1/m right",
        "after Hupkes, Veldhoen and Zuidema 2018",
        arithmetic,
    ),
    drawn(
        "years",
        "sentences with a year at a chosen place: which one? chance is 1/50 right",
        "after Goodfellow, Bengio and Courville 2016, chapter 10",
        years,
    ),
    drawn(
        "where-is",
        "stories of who goes where, a question for one or two facts; chance is 1/6 right",
        "after Weston et al. 2015, tasks 1 and 2, in this course's own words",
        where_is,
    ),
)
