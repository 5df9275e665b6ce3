"""Reference networks, data, pictures and visible checks of the course on recurrent networks."""

__version__ = "0.1.0"
