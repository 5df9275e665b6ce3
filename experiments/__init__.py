"""Facts from print, measured again with this library: `python -m experiments`."""
