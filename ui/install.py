"""Install this checkout into the Python that runs this file; the Makefile's only install step.

It exists for one choice that pip cannot make: on Linux, PyPI's PyTorch brings
several GB of NVIDIA libraries. Where no NVIDIA GPU answers, PyTorch's CPU build
is looked for first, in what the user's pip is configured with and then in
PyTorch's own index; where neither can be reached, or a GPU answers, PyPI's build
is taken, but nobody gets several GB without being asked. A PyTorch that is
already installed and new enough is left as it is.

Standard library only, because nothing else is there yet. Not for users of the wheel.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
AGREED_VARIABLE = "FOOTNOTE_LARGE_TORCH"  # "1": take the large build without asking
LARGE = "PyPI's build of PyTorch brings NVIDIA's libraries: about 3 GB to download, 7 GB on the disk."
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


def release(version: str) -> tuple[int, ...]:
    """Return the numbers of a version: (2, 13, 0) for ``2.13.0+cpu``."""
    return tuple(int(number) for number in re.findall(r"\d+", version.partition("+")[0]))


def lower_bounds() -> dict[str, str]:
    """Return the lowest supported version of each run-time dependency, from pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return dict(requirement.split(">=") for requirement in project["dependencies"])


def gpu_answers() -> bool:
    """Tell whether an NVIDIA driver reports a GPU; PyTorch's default build is for those."""
    command = ["nvidia-smi", "-L"]
    try:
        listing = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return listing.returncode == 0 and "GPU" in listing.stdout


def newest_cpu_build(lowest: str, index_options: tuple[str, ...]) -> str | None:
    """Return the newest CPU build for this Python that pip can see, or None."""
    query = subprocess.run([*PIP, "index", "versions", "torch", *index_options], capture_output=True, text=True)
    builds = [v for v in re.findall(r"[\d.]+\+cpu\b", query.stdout) if release(v) >= release(lowest)]
    return max(builds, key=release, default=None)


def require_agreement(reason: str) -> None:
    """Ask before several GB are fetched; where nobody can be asked, stop and say what to do.

    Raises:
        SystemExit: with code 2, nothing was fetched.
    """
    print(f"{reason} {LARGE}", flush=True)
    if os.environ.get(AGREED_VARIABLE) == "1":
        return
    if sys.stdin.isatty() and input("Fetch it? [y/N] ").strip().lower() in ("y", "yes"):
        return
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    print(
        f"Nothing was fetched. To take it: make ... {AGREED_VARIABLE}=1. Or put a PyTorch for Python {python} into"
        f" {sys.prefix} with its pip, or choose another Python: make clean, then make ... PYTHON=/path/to/python",
        file=sys.stderr,
    )
    raise SystemExit(2)


def install_torch(lowest: str) -> None:
    """Install PyTorch's CPU build if that is the right one here and one can be reached."""
    try:
        if release(metadata.version("torch")) >= release(lowest):
            return None
    except metadata.PackageNotFoundError:
        pass
    if sys.platform != "linux":
        return None  # elsewhere PyPI's build is the right one, a small one, and pip takes it as a dependency
    if gpu_answers():
        return require_agreement("An NVIDIA GPU answers here.")
    for index_options in ((), ("--extra-index-url", CPU_INDEX)):
        # An index that cannot be reached must cost seconds: one try, no patience.
        build = newest_cpu_build(lowest, (*index_options, "--retries", "0", "--timeout", "10"))
        if build and subprocess.run([*PIP, "install", f"torch=={build}", *index_options]).returncode == 0:
            return None
    return require_agreement(f"No CPU build of PyTorch could be reached, neither as pip is set up nor at {CPU_INDEX}.")


def main() -> int:
    """Install PyTorch, then the checkout as an editable package; return pip's exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("extras", nargs="*", help="extras of the project, such as dev")
    parser.add_argument("--lowest", action="store_true", help="take the lowest supported dependencies")
    arguments = parser.parse_args()
    bounds = lower_bounds()
    install_torch(bounds["torch"])
    extras = f"[{','.join(arguments.extras)}]" if arguments.extras else ""
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder) / "lowest.txt"
        pinned = (f"{name}=={version}\n" for name, version in bounds.items())
        constraints.write_text("".join(pinned) if arguments.lowest else "", encoding="utf-8")
        command = [*PIP, "install", "--editable", f"{ROOT}{extras}", "--constraint", str(constraints)]
        return subprocess.run(command).returncode


if __name__ == "__main__":
    sys.exit(main())
