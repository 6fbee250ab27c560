"""Run a chapter's exercises: each check rejects the stub and accepts the solution.

`run` does it in a process of its own, which is ``python -m tools.lint.trials NOTEBOOK`` in the notebook's folder.
"""

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path

from tools import ROOT, notebooks
from tools.execute import environment
from tools.lint.cells import code
from tools.lint.exercises import parts, stub
from tools.notebooks import tags

SECONDS = 180


def attempt(sources, namespace):
    """Run pieces of code in a namespace; what stopped them, in one line, or None."""
    try:
        for source in sources:
            exec(compile(source, "<exercise>", "exec"), namespace)
    except Exception as error:
        return " ".join(f"{type(error).__name__}: {error}".split())[:200].rstrip(": ")
    return None


def trials(nb):
    """Yield what is wrong; every stub and every solution runs in its own copy of what the set-up cells bind."""
    setup = {"__name__": "__main__"}
    if error := attempt([cell.source for cell in code(nb) if "setup" in tags(cell)], setup):
        yield "notebook", f"the setup cells alone stop with {error}; set-up that needs no other cell is accepted"
        return
    checks = parts(nb, "check")
    for name, cells in parts(nb, "solution").items():
        check, given = [c.source for c in checks.get(name, [])], dict(setup)
        if error := attempt([stub(cell.source) for cell in cells], given):
            yield cells[0].id, f"the stub of exercise {name} stops with {error}; one that runs is accepted"
        elif attempt(check, given) is None:
            yield cells[0].id, f"the stub of exercise {name} passes, a check that only a solution passes is accepted"
        if error := attempt([*(cell.source for cell in cells), *check], dict(setup)):
            yield cells[0].id, f"the solution of exercise {name} stops with {error}; one that passes is accepted"


def run(nb, path):
    """The findings of `trials`, from a process of its own."""
    command = [sys.executable, "-m", "tools.lint.trials", str(path.resolve())]
    place = {"env": environment() | {"MPLBACKEND": "agg", "PYTHONPATH": str(ROOT)}, "cwd": path.parent}
    try:
        done = subprocess.run(command, **place, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return [("notebook", f"the exercises ran for more than {SECONDS} s, less is accepted")]
    if done.returncode:
        return [("notebook", f"the exercises broke off: {done.stderr.strip().splitlines()[-1:]}")]
    return [tuple(finding) for finding in json.loads(done.stdout)]


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()):
        found = list(trials(notebooks.read(Path(sys.argv[1]))))
    sys.stdout.write(json.dumps(found))
