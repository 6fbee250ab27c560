"""Executions of chapters and what is kept of them: notebook and measurements, in _build/executed."""

import json
import os
import platform
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib.metadata import version
from pathlib import Path

from tools import notebooks
from tools.depends import key
from tools.execute import execute

PACKAGES = ("numpy", "scipy", "opencv-contrib-python-headless", "av", "numba", "torch", "scikit-image", "matplotlib")


class ChapterError(Exception):
    """Cells failed; the message says which, and how."""


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine() -> str:
    """Python, platform, cores and the versions of the main packages, in one line."""
    here = f"Python {platform.python_version()} on {platform.system()} {platform.machine()} with {cores()} cores"
    return ", ".join([here, *(f"{name} {version(name)}" for name in PACKAGES)])


def stored(path: Path, root: Path) -> Path:
    """Where the last execution of the chapter at `path` is kept."""
    return root / "_build" / "executed" / path.name


def record(path: Path, root: Path) -> dict | None:
    """What is known of the last execution of a chapter, if that still holds."""
    file = stored(path, root).with_suffix(".json")
    known = json.loads(file.read_text()) if file.is_file() else {}
    return known if known.get("key") == key(path, root) else None


def refresh(path: Path, root: Path) -> str | None:
    """Execute a chapter and keep the result; what went wrong, or None."""
    before = key(path, root)
    print(f"{path.stem}: executing", flush=True)
    done = execute(path)
    if done.error:
        print(f"{path.stem}: failed after {done.seconds:.1f} s", flush=True)
        return done.error
    print(f"{path.stem}: {done.seconds:.1f} s, {done.peak_mb:.0f} MB", flush=True)
    target = stored(path, root)
    target.parent.mkdir(parents=True, exist_ok=True)
    notebooks.write(done.notebook, target)
    measured = {"key": before, "seconds": done.seconds, "peak_mb": done.peak_mb, "machine": machine()}
    notebooks.write_text(json.dumps(measured), target.with_suffix(".json"))  # last: it vouches for the notebook
    return None


def run_chapters(paths: list[Path], root: Path, *, jobs: int) -> list[str]:
    """Execute the chapters whose last execution no longer holds; the names of those that ran.

    Raises
    ------
    ChapterError
        After all of them were tried: chapter, cell, source and traceback of each failure.
    """
    stale = [path for path in paths if record(path, root) is None]
    with ThreadPoolExecutor(jobs) as pool:  # the work is done in processes; a thread waits for each
        errors = [future.result() for future in as_completed([pool.submit(refresh, path, root) for path in stale])]
    if any(errors):
        raise ChapterError("\n\n".join(filter(None, errors)))
    return [path.stem for path in stale]
