"""Starts bubblewrap as an ordinary user when the grader is root, as in most containers.

The kernel exempts root from the limit on processes, and lets it write where a box may not. What the
box shows may lie where only root can look, so it is first bound to a place that the user can reach,
in a mount namespace of this process alone.
"""

import json
import os
import sys

from . import kernel

NOBODY = 65534


def main(request: str) -> None:
    """Become the user and start the program.

    Args:
        request: JSON of ``folder``, where the places are made; ``sources``, the paths to be bound;
            and ``command``, the program and its arguments, each of ``sources`` in it replaced.
    """
    asked = json.loads(request)
    command: list[str] = asked["command"]
    try:
        kernel.unshare(kernel.NEWNS)
        kernel.make_mounts_private()
        places = _bind(asked["sources"], asked["folder"])
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    except OSError:
        # root in a container has less power than this takes, and is no root to the kernel
        os.execv(command[0], command)
    for source, place in places.items():
        if not os.access(place, os.R_OK):
            sys.exit(f"as root, the sandbox runs as nobody, who may not read {source}")
    os.execv(places.get(command[0], command[0]), with_places(command, places))


def _bind(sources: list[str], folder: str) -> dict[str, str]:
    places = {}
    for number, source in enumerate(sources):
        places[source] = os.path.join(folder, str(number))
        if os.path.isdir(source):
            os.mkdir(places[source])
        else:
            open(places[source], "x").close()
        kernel.bind(source, places[source])
    return places


def with_places(command: list[str], places: dict[str, str]) -> list[str]:
    """``command`` with the source of each binding replaced by its place."""
    changed = list(command)
    for at, option in enumerate(command[:-2]):
        if option in {"--ro-bind", "--ro-bind-try"}:
            changed[at + 1] = places.get(command[at + 1], command[at + 1])
    return changed


if __name__ == "__main__":
    main(sys.argv[1])
