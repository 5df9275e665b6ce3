"""The site's build, step by step or at once."""

import argparse
import os
from pathlib import Path


def main() -> None:
    """Run one of the steps; `build` runs those that it needs."""
    parser = argparse.ArgumentParser(prog="python -m tools.site", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("vendor", help="install the browser parts from npm and copy them")
    jobs = argparse.ArgumentParser(add_help=False)
    jobs.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    steps.add_parser("execute", parents=[jobs], help="execute the chapters that changed")
    built = steps.add_parser("build", parents=[jobs], help="the site, into _build/html")
    built.add_argument("--fresh", action="store_true", help="write every page anew")
    one = steps.add_parser("preview", help="one chapter alone, into _build/preview")
    one.add_argument("chapter", help="such as recurrence/bptt")
    steps.add_parser("pdf", help="the whole book as _build/html/book.pdf, by Chromium")
    written = steps.add_parser("notebooks", help="the chapters as notebooks, for Binder and Colab")
    written.add_argument("folder", type=Path)
    steps.add_parser("check", help="static checks of the built pages")
    steps.add_parser("next", help="the same sources under the current Sphinx, MyST-NB and theme")
    given = parser.parse_args()

    # each step imports what it needs: `vendor` should work before the rest is installed
    if given.step == "vendor":
        from .vendor import vendor

        vendor()
    elif given.step == "execute":
        from .execute import execute

        execute(given.jobs)
    elif given.step == "build":
        from .build import build

        build(jobs=given.jobs, fresh=given.fresh)
    elif given.step == "preview":
        from .preview import preview

        preview(given.chapter)
    elif given.step == "pdf":
        from .pdf import pdf

        pdf()
    elif given.step == "notebooks":
        from .notebooks import notebooks

        for path in notebooks(given.folder):
            print(path)
    elif given.step == "check":
        from .check import check

        check()
    else:
        from .next import build_next

        build_next()


if __name__ == "__main__":
    main()
