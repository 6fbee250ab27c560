"""Make .venv and install everything in it: ``make install``.  Needs nothing but Python >= 3.11.

Torch comes first and alone, because its build without CUDA has another name on every index.  It is taken from the index
TORCH_INDEX where that is set, else from the one of pip's settings, else from the one in .binder/requirements.txt.
What pip would take is read from the package's metadata: a CUDA build is refused before gigabytes are fetched.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = str(ROOT / ".venv" / "bin" / "python")
OLDEST = (3, 11)
ADVICE = "set TORCH_INDEX to a package index that has the CPU build of torch, then run make install again"


def run(*command):
    """Run a command and keep what it says: its exit status and its output."""
    done = subprocess.run(command, cwd=str(ROOT), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return done.returncode, done.stdout.strip()


def inside(code):
    """What `code` prints in the virtual environment; "" where it fails or there is none yet."""
    return run(PYTHON, "-c", code)[1] if os.path.exists(PYTHON) else ""


def pip(*arguments, step):
    """Run pip in the virtual environment; where it fails, end with one line below pip's own."""
    print("install: " + step, flush=True)
    if subprocess.run([PYTHON, "-m", "pip", *arguments], cwd=str(ROOT)).returncode:
        sys.exit("install: this step failed: " + step)


def make_environment():
    """Create .venv, unless a working one with a recent enough Python is there."""
    if inside(f"import sys, pip; print(sys.version_info >= {OLDEST})") == "True":
        return
    if run(sys.executable, "-c", "import ensurepip, venv")[0]:
        sys.exit("install: this Python cannot make virtual environments (Debian and Ubuntu: install python3-venv)")
    print(f"install: virtual environment .venv, Python {sys.version.split()[0]}", flush=True)
    if subprocess.run([sys.executable, "-m", "venv", "--clear", str(ROOT / ".venv")]).returncode:
        sys.exit("install: python -m venv failed, for the reason above")


def is_cuda(metadata):
    """Whether a torch of this metadata is built for CUDA or another accelerator.

    Linux wheels of the public index say so by what they require, others by the part of their version after "+".
    """
    local = metadata["version"].partition("+")[2]
    libraries = [need for need in metadata.get("requires_dist", []) if re.match(r"(nvidia|cuda|triton)", need)]
    return local not in ("", "cpu") or (sys.platform == "linux" and bool(libraries))


def torch_source(version):
    """The arguments with which pip takes the CPU build of torch, from the first of the sources above that has it."""
    wanted = f"torch=={version}"
    binder = (ROOT / ".binder" / "requirements.txt").read_text()
    public = re.search(r"^--extra-index-url (\S+)", binder, re.M).group(1)
    sources = [[wanted], [f"{wanted}+cpu", "--extra-index-url", public]]
    if os.environ.get("TORCH_INDEX"):
        sources = [[wanted, "--index-url", os.environ["TORCH_INDEX"]]]
    found = f"no index has {wanted}"
    for source in sources:
        plan = ["--dry-run", "--report", "-", "--quiet", "--no-deps", "--ignore-installed", "--retries", "1"]
        status, report = run(PYTHON, "-m", "pip", "install", *plan, *source)
        if status == 0:
            if not is_cuda(json.loads(report)["install"][0]["metadata"]):
                return source
            found = f"pip would take a CUDA build of {wanted}, gigabytes that this book does not need"
    sys.exit(f"install: {found}; {ADVICE}")


def main():
    """The virtual environment, torch, the lock, the library, and a check of it all."""
    if not sys.version_info >= OLDEST:
        sys.exit(f"install: Python 3.11 or later is needed, this is {sys.version.split()[0]}: make PYTHON=python3.12")
    make_environment()
    quiet = ("-qq", "--disable-pip-version-check")
    pip("install", *quiet, "--upgrade", "pip", step="pip")
    version = re.search(r"^torch==(\S+)", (ROOT / "requirements.txt").read_text(), re.M).group(1)
    if inside("from importlib.metadata import version; print(version('torch'))").partition("+")[0] != version:
        pip("install", *quiet, "--no-deps", *torch_source(version), step=f"torch {version} (fetches about 0.2 GB)")
    step = "requirements.lock (the first time it fetches about 0.5 GB)"
    pip("install", *quiet, "--require-hashes", "-r", "requirements.lock", step=step)
    pip("install", *quiet, "--no-deps", "--no-build-isolation", "-e", ".", step="vdtext")
    if inside("import torch; print(torch.version.cuda)") != "None":
        sys.exit(f"install: .venv holds a torch built for CUDA, or a broken one; remove .venv, {ADVICE}")
    pip("check", step="check")


if __name__ == "__main__":
    main()
