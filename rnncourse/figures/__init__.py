"""Pictures on a page: plots with a description, and figures that a reader moves.

All work in two places from one call: in Jupyter, and on the built site, which has no kernel.
"""

from .interactive import figure
from .picture import show
from .words import say, table

__all__ = ["figure", "say", "show", "table"]
