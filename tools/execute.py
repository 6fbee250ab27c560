"""Execute a chapter in a kernel of its own, one thread, and measure it.

    from tools.execute import execute
    done = execute(Path("chapters/03_heat.ipynb"))

The kernel is the grandchild of the caller.  The process between them starts nothing else, so that the largest resident
memory among its children is the kernel's.
"""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

import nbformat

from tools import ROOT, notebooks

TIMEOUT = int(os.environ.get("CELL_TIMEOUT", "300"))  # seconds that one cell may take
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
ENVIRONMENT = dict.fromkeys([*THREADS, "VECLIB_MAXIMUM_THREADS", "TQDM_DISABLE", "VDTEXT_BOOK"], "1")


@dataclass(frozen=True)
class Executed:
    """A chapter that has run: its notebook with outputs, or what went wrong.

    Attributes
    ----------
    notebook : NotebookNode
        With the outputs of all cells, or of those up to the failing one.
    seconds : float
        Wall time from the start of the kernel to its end.
    peak_mb : float
        Largest resident memory of the kernel, in 10^6 bytes.
    error : str or None
        Chapter, cell, its source and the traceback.
    """

    notebook: nbformat.NotebookNode
    seconds: float
    peak_mb: float
    error: str | None


def environment() -> dict[str, str]:
    """The environment of a kernel that executes or checks a chapter: this one, with one thread and no progress bars."""
    return {name: value for name, value in os.environ.items() if name != "MPLBACKEND"} | ENVIRONMENT


def execute(path: Path, *, timeout: int = TIMEOUT) -> Executed:
    """Execute the notebook at `path` in its own folder; the file itself is left as it is.

    Parameters
    ----------
    path : Path
        A notebook.
    timeout : int
        Seconds that one cell may take.

    Returns
    -------
    Executed
        `error` is None when every cell ran.
    """
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "executed.ipynb"
        command = [sys.executable, "-m", "tools.execute", str(path.resolve()), str(output), str(timeout)]
        done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True)
        if done.returncode:
            return Executed(notebooks.read(path), 0.0, 0.0, f"{path.stem}: the executor failed\n{done.stderr}")
        measured = json.loads(output.with_suffix(".json").read_text())
        return Executed(notebooks.read(output), **measured)


def describe(path: Path, notebook: nbformat.NotebookNode, index: int, error: Exception) -> str:
    """Chapter, cell, source and traceback of the cell at which the notebook stopped."""
    cell = notebook.cells[index]
    count = sum(c.cell_type == "code" for c in notebook.cells[: index + 1])
    trace = next(("\n".join(o.traceback) for o in cell.get("outputs", []) if o.output_type == "error"), str(error))
    if isinstance(error, TimeoutError):
        trace = "It ran for longer than a cell may; CELL_TIMEOUT gives the seconds, as in make book CELL_TIMEOUT=900"
    source = "\n".join("    " + line for line in cell.source.splitlines())
    trace = re.sub(r"\x1b\[[0-9;]*m", "", trace)
    return f"{path.stem}: code cell {count} (id {cell.get('id', 'none')}) failed\n\n{source}\n\n{trace}"


def _main(path: Path, output: Path, timeout: int) -> None:
    from nbclient import NotebookClient
    from nbclient.exceptions import CellControlSignal, DeadKernelError

    notebook = notebooks.read(path)
    at = {"cell_index": 0}
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=lambda cell, cell_index: at.update(cell_index=cell_index),
    )
    error = None
    start = time.perf_counter()
    try:
        client.execute()
    except (CellControlSignal, DeadKernelError) as stop:
        error = describe(path, notebook, at["cell_index"], stop)
    except Exception:
        error = f"{path.stem}: the kernel did not run\n\n{traceback.format_exc()}"
    seconds = time.perf_counter() - start
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / 1e6
    nbformat.write(notebook, output)
    output.with_suffix(".json").write_text(json.dumps({"seconds": seconds, "peak_mb": peak, "error": error}))


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
