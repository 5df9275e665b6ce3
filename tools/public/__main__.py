"""`python -m tools.public FOLDER`: write or renew the public copy."""

import argparse
from pathlib import Path

from .copy import publish


def main() -> None:
    """Read the command line and publish."""
    parser = argparse.ArgumentParser(prog="python -m tools.public", description=__doc__)
    parser.add_argument("folder", type=Path, help="a new folder, or the copy made last time")
    parser.add_argument(
        "--ref", default="HEAD", help="what to publish; the last commit if not said"
    )
    given = parser.parse_args()
    commit = publish(given.folder, ref=given.ref)
    print(f"{given.folder}: commit {commit[:12]}, without solutions, hidden cases and catalogues")
    print("push it to where the public reads it; its pages workflow builds the site from there")


if __name__ == "__main__":
    main()
