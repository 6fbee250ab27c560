"""Write requirements.lock from requirements.txt: ``make lock``.

The lock pins the whole tree with hashes, for every platform and for Python 3.11 and later.  Torch is left out, because
its build without CUDA has another name on every index; what torch itself needs is in.  The index is the one that pip is
configured for, and its address is not written.  Versions of an existing lock are kept: remove it to take newer ones.
"""

import os
import re
import subprocess
import sys
from importlib.metadata import requires

from tools import ROOT


def direct(text: str) -> list[str]:
    """The pins of a requirements file, without torch, options and comments.

    Examples
    --------
    >>> direct("numpy==2.4.6  # arrays\\ntorch==2.13.0\\n-e .")
    ['numpy==2.4.6']
    """
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith(("-", "torch=="))]


def torch_needs() -> list[str]:
    """What the installed torch requires, CUDA and optional parts aside."""
    return [need for need in requires("torch") if not re.search(r"extra ==|^(nvidia|cuda|triton)", need)]


def main() -> None:
    """Resolve with uv, whose lock holds for all platforms at once."""
    pip = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    index = os.environ.get("PIP_INDEX_URL") or subprocess.run(pip, capture_output=True, text=True).stdout.strip()
    environment = os.environ | ({"UV_DEFAULT_INDEX": index} if index else {})
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        "-",
        "--quiet",
        "--no-config",
        "--no-header",
        "--no-annotate",
    ]
    command += ["--universal", "--python-version=3.11", "--generate-hashes", "--output-file=requirements.lock"]
    pins = "\n".join(direct((ROOT / "requirements.txt").read_text()) + torch_needs())
    subprocess.run(command, cwd=ROOT, env=environment, input=pins, text=True, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
