"""Where things are, for every module of the site's build."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
WEB = ROOT / "web"
LIBRARY = ROOT / "rnncourse"
MEASURED = ROOT / "experiments" / "results"
BUILD = ROOT / "_build"
HTML = BUILD / "html"
CACHE = BUILD / ".jupyter_cache"
PROFILE = BUILD / "ipython"  # of the chapters' kernels, instead of the reader's own
STATIC = BUILD / "static"  # copied into _static: what npm and the figures give
NODE_MODULES = ROOT / "node_modules"
