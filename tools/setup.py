"""Set a machine up, with the standard library alone: virtual environment, system packages.

Run by the Makefile before anything is installed: nothing but Python's own library may be imported.
"""

import argparse
import glob
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TORCH_CPU = "https://download.pytorch.org/whl/cpu"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SYSTEM = {  # what is looked for (on PATH, or a pattern), the Debian and the Fedora package
    "bubblewrap": (("bwrap",), "bubblewrap", "bubblewrap"),
    "chromium": (BROWSERS, "chromium", "chromium"),
    "postgresql": (
        ("pg_ctl", "/usr/lib/postgresql/*/bin/pg_ctl"),
        "postgresql",
        "postgresql-server",
    ),
}


def main() -> int:
    """Parse the command line and do what it asks; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venv", type=Path, help="make or renew this virtual environment")
    parser.add_argument("--no-constraints", action="store_true", help="take the newest versions")
    parser.add_argument("--freeze", type=Path, help="write the installed versions to this file")
    parser.add_argument("--system", nargs="+", choices=sorted(SYSTEM), default=[])
    args = parser.parse_args()
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        found = platform.python_version()
        return _fail(f"Python 3.11 to 3.13 is needed, this is {found}: make PYTHON=python3.12 …")
    if args.venv:
        try:
            make_venv(args.venv, constrained=not args.no_constraints)
        except subprocess.CalledProcessError as error:
            return _fail(f"stopped at: {' '.join(map(str, error.cmd))}\nThe reason stands above.")
        if args.freeze:
            freeze(args.venv, args.freeze)
    return system_packages(args.system)


def make_venv(venv: Path, *, constrained: bool) -> None:
    """Create ``venv`` where it is missing and install the project with its development extra."""
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        _say(f"virtual environment in {venv}")
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    limits = ["--constraint", str(ROOT / "constraints.txt")] if constrained else []
    if cpu_torch_wanted(python):
        _say("PyTorch, the build without CUDA")
        subprocess.run([*pip, *limits, "--index-url", TORCH_CPU, "torch"], check=True)
    _say("packages (the first time this takes a minute or two)")
    subprocess.run([*pip, *limits, "--editable", f"{ROOT}[dev]"], check=True)


def cpu_torch_wanted(python: Path) -> bool:
    """Whether PyTorch is missing and its CPU index answers (PyPI's build brings CUDA)."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return False
    probe = [
        str(python),
        "-c",
        "import importlib.util as u; raise SystemExit(not u.find_spec('torch'))",
    ]
    if subprocess.run(probe, check=False).returncode == 0:
        return False
    try:
        with urllib.request.urlopen(f"{TORCH_CPU}/torch/", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def freeze(venv: Path, target: Path) -> None:
    """Write what is installed in ``venv`` as constraints, without local version labels."""
    listed = subprocess.run(
        [str(venv / "bin/python"), "-m", "pip", "list", "--format=freeze", "--exclude-editable"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    lines = [re.sub(r"\+\w+$", "", line) for line in listed.splitlines()]
    kept = [line for line in lines if not re.match(r"(pip|setuptools|nvidia-.*|triton)==", line)]
    head = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line[:1] == "#"]
    target.write_text("\n".join([*head, *kept]) + "\n")
    _say(f"{target}: {len(kept)} versions, {hashlib.sha256(target.read_bytes()).hexdigest()[:12]}")


def system_packages(names: list[str]) -> int:
    """Install the missing system packages where that is allowed; else say how, and fail."""
    if platform.system() != "Linux":
        return 0
    missing = [name for name in names if not any(map(_there, SYSTEM[name][0]))]
    if not missing:
        return 0
    debian = " ".join(SYSTEM[name][1] for name in missing)
    fedora = " ".join(SYSTEM[name][2] for name in missing)
    if shutil.which("apt-get") and os.geteuid() == 0:
        _say(f"apt-get install {debian}")
        apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
        subprocess.run([*apt, "update"], check=False, stdout=subprocess.DEVNULL)
        install = [*apt, "install", "-y", "--no-install-recommends", *debian.split()]
        done = subprocess.run(install, check=False, stdout=subprocess.DEVNULL)
        if done.returncode == 0:
            return 0
    return _fail(
        f"missing system packages: {', '.join(missing)}. Install them and run this again:\n"
        f"  Debian, Ubuntu   sudo apt-get install {debian}\n"
        f"  Fedora           sudo dnf install {fedora}"
    )


def _there(program: str) -> bool:
    return bool(shutil.which(program) or (program[0] == "/" and glob.glob(program)))


def _say(text: str) -> None:
    print(f"set-up: {text}", flush=True)


def _fail(text: str) -> int:
    print(f"set-up: {text}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
