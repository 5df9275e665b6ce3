"""Data that readers have as files: `load` gives the function that reads them."""

from __future__ import annotations

from rnncourse.data._entry import Entry
from rnncourse.data.files import mnist, penn_treebank, text8, tiny_shakespeare

__all__ = ["FILES"]

FILES = (
    Entry(
        "mnist",
        "70,000 digits of 28 by 28 pixels; chance is 1/10 right",
        "LeCun, Bottou, Bengio and Haffner 1998",
        "CC BY-SA 3.0",
        True,
        lambda: mnist,
        "its four files",
    ),
    Entry(
        "penn-treebank",
        "a million words of newspaper, 10,000 different; chance is the unigram entropy",
        "Marcus et al. 1993, as in Mikolov et al. 2010",
        "of the Linguistic Data Consortium, for research",
        True,
        lambda: penn_treebank,
        "its three files",
    ),
    Entry(
        "text8",
        "100,000,000 letters and spaces of Wikipedia; chance is the unigram entropy",
        "Mahoney 2011, Wikipedia of March 2006",
        "GFDL",
        True,
        lambda: text8,
        "its file",
    ),
    Entry(
        "tiny-shakespeare",
        "1,115,394 characters of plays; chance is the unigram entropy",
        "Karpathy 2015",
        "public domain",
        True,
        lambda: tiny_shakespeare,
        "its file",
    ),
)
