"""Builds and checks the site: `python -m tools.site --help`."""
