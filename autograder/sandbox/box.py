"""What of this system a session may see, and the command that builds the box."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
LIBRARY = "/box/lib"  # where the box has rnncourse and the code that runs the cells
HOME = "/home/student"
ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "fonts")
PASSWD = "student:x:65534:65534:student:/home/student:/bin/sh\n"

UNAVAILABLE = """\
Grading needs bubblewrap and user namespaces, which this system does not give: {why}

  Debian, Ubuntu       sudo apt install bubblewrap
  Fedora, RHEL         sudo dnf install bubblewrap
  Arch                 sudo pacman -S bubblewrap
  Ubuntu 23.10 and up  AppArmor refuses user namespaces to programs without a profile;
                       put these lines into /etc/apparmor.d/bwrap
                         abi <abi/4.0>,
                         include <tunables/global>
                         profile bwrap /usr/bin/bwrap flags=(unconfined) {{ userns, }}
                       and run: sudo systemctl reload apparmor
  Older kernels        sudo sysctl kernel.unprivileged_userns_clone=1
                       sudo sysctl user.max_user_namespaces=15000
  In Docker, Podman    run the container with --security-opt seccomp=unconfined
                       --security-opt apparmor=unconfined --security-opt systempaths=unconfined
  macOS, Windows       grade in a Linux virtual machine, in WSL2, or in such a container

Without a sandbox, a submission can read and change all that you can.
If you accept that: --sandbox none"""


def command(
    bwrap: str, library: Path, files: Path, forbidden: Sequence[str], environment: dict[str, str]
) -> list[str]:
    """The bubblewrap command line, up to the program to be run.

    Args:
        bwrap: path of bubblewrap.
        library: folder filled by ``contents.copy``.
        files: folder with ``passwd``, ``group`` and an ``empty`` file.
        forbidden: modules to hide.
        environment: the whole environment of the box.
    """
    args = [bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
    args += ["--uid", "65534", "--gid", "65534", "--hostname", "box"]
    for name, value in environment.items():
        args += ["--setenv", name, value]
    roots = interpreter_roots()
    args += ["--tmpfs", "/tmp"]  # first: a Python may live below it
    for root in roots:
        args += ["--ro-bind", root, root]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/") / name
        if path.is_symlink():
            args += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            args += ["--ro-bind", str(path), str(path)]
    for name in ETC:
        args += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for name in ("passwd", "group"):
        args += ["--ro-bind", str(files / name), f"/etc/{name}"]
    for link, target in _interpreter_links(roots):
        args += ["--ro-bind", target, link]
    args += ["--ro-bind", str(library), LIBRARY]
    for path in hidden_paths(roots, forbidden):
        if path.is_dir():
            args += ["--tmpfs", str(path), "--remount-ro", str(path)]
        else:
            args += ["--ro-bind", str(files / "empty"), str(path)]
    args += [
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--dir",
        HOME,
        "--chdir",
        "/tmp",
    ]
    for number in range(4):
        args += ["--dir", f"/box/kept/{number}"]
    return [*args, "--remount-ro", "/dev", "--remount-ro", "/", "--"]


def interpreter_roots() -> list[str]:
    """The folders that hold the system's programs and this Python, outermost first."""
    found = {"/usr"}
    for prefix in (sys.prefix, sys.base_prefix):
        found |= {os.path.abspath(prefix), os.path.realpath(prefix)}
    roots: list[str] = []
    for path in sorted(found, key=len):
        if not any(_is_below(path, root) for root in roots):
            roots.append(path)
    return roots


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip("/") + "/")


def _interpreter_links(roots: Sequence[str]) -> list[tuple[str, str]]:
    """Links outside the roots on the way to this Python's program, each with that program."""
    path, links, real = os.path.abspath(sys.executable), [], os.path.realpath(sys.executable)
    for _ in range(40):
        if not any(_is_below(path, root) for root in roots):
            links.append((path, real))
        if not os.path.islink(path):
            break
        path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
    return links


def hidden_paths(roots: Sequence[str], forbidden: Sequence[str]) -> list[Path]:
    """What lies in the roots and must not be seen: forbidden packages, copies of this project."""
    names = {name for name in forbidden if "." not in name} | {"rnncourse", "autograder"}
    found: set[Path] = set()
    for root in roots:
        for pattern in (
            "lib*/python3*/site-packages",
            "lib*/python3*/dist-packages",
            "local/lib/python3*/*-packages",
            "envs/*/lib/python3*/site-packages",  # a conda's other environments
        ):
            for site in Path(root).glob(pattern):
                for name in names:
                    found |= {p for p in (site / name, site / f"{name}.py") if p.exists()}
                    found |= {*site.glob(f"{name}.*.so"), *site.glob(f"__pycache__/{name}.*.pyc")}
        found |= {p for p in (Path(root) / "pkgs",) if p.is_dir()}  # a conda's store of packages
        if _is_below(str(REPOSITORY), root):
            found.add(REPOSITORY)
    return sorted(found)
