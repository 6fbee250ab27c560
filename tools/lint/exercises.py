"""Rules about exercises: what each one consists of, and that nothing else depends on it.

An exercise is Markdown with a hint, one or more cells tagged `solution` and one or more tagged `check`, all with the
exercise's id in their metadata.  `tools.lint.trials` runs them.
"""

import ast
import re

from tools.lint.cells import code, parsed
from tools.lint.names import bound, needed
from tools.notebooks import info, tags

SOLUTION = re.compile(r"^([ \t]*)### BEGIN SOLUTION[^\n]*\n.*?^[ \t]*### END SOLUTION[^\n]*$", re.M | re.S)
HINT = re.compile(r"^\s*(?:`{3,}|:{3,})\{.*\bhint", re.M | re.I)
LEVELS = (1, 2, 3)


def stub(source):
    """The cell as a reader first meets it: every solution replaced by an ellipsis."""
    return SOLUTION.sub(r"\1...  # your code here", source)


def parts(nb, kind):
    """The cells of each exercise that are tagged `kind`: {id: [cells]}."""
    found = {}
    for cell in code(nb):
        if kind in tags(cell):
            found.setdefault(info(cell).get("exercise"), []).append(cell)
    return found


def prose_before(nb, cell):
    """The Markdown between a cell and the code before it."""
    index, text = nb.cells.index(cell), ""
    while index and nb.cells[index - 1].cell_type == "markdown":
        index -= 1
        text = f"{nb.cells[index].source}\n{text}"
    return text


def anatomy(nb, path):
    chapter, work, checks = int(path.stem[:2]), parts(nb, "solution"), parts(nb, "check")
    if len(work) < 5:
        yield "notebook", f"{len(work)} exercises, at least 5 are accepted"
    if lacking := set(LEVELS) - {info(cells[0]).get("level") for cells in work.values()}:
        yield "notebook", f"no exercise of level {min(lacking)}, one of each level 1, 2, 3 is accepted"
    for name in [name for name in checks if name not in work]:
        yield checks[name][0].id, f"checks exercise {name}, which has no cell tagged solution"
    for name, cells in work.items():
        first, said = cells[0], info(cells[0])
        if not re.fullmatch(rf"{chapter}\.\d+", str(name)):
            yield first.id, f"exercise {name!r}, an id such as '{chapter}.1' is accepted"
        if said.get("level") not in LEVELS or not isinstance(said.get("minutes"), int):
            yield first.id, f"exercise {name}: a level from 1 to 3 and minutes are accepted in metadata vdtext"
        if not HINT.search(prose_before(nb, first)):
            yield first.id, f"exercise {name} has no hint, a directive called Hint above the solution is accepted"
        if not any(isinstance(node, ast.Assert) for c in checks.get(name, []) for node in ast.walk(parsed(c))):
            yield first.id, f"exercise {name} has no check, a cell tagged check with assertions is accepted"
        for cell in cells:
            if "SOLUTION" in stub(cell.source) or stub(cell.source) == cell.source:
                yield cell.id, "accepted are the lines ### BEGIN SOLUTION and ### END SOLUTION around the solution"


def independence(nb, path):
    """An exercise uses the set-up and itself, and what it binds is used by nothing else."""
    cells = code(nb)
    setup = set().union(*(bound(parsed(cell)) for cell in cells if "setup" in tags(cell)))
    mine, lent = {}, {}
    for cell in cells:
        binds, needs = bound(parsed(cell)), needed(parsed(cell))
        if not {"solution", "check"} & set(tags(cell)):
            for name in sorted(needs & set(lent)):
                yield cell.id, f"uses {name} of exercise {lent[name]}, a name that no exercise binds is accepted"
            lent = {name: exercise for name, exercise in lent.items() if name not in binds}
            continue
        exercise = info(cell).get("exercise")
        known = mine.setdefault(exercise, set())
        if foreign := sorted(needs - known - setup):
            yield cell.id, f"exercise {exercise} uses {', '.join(foreign)}, what it or a setup cell binds is accepted"
        if taken := sorted(binds & setup):
            yield cell.id, f"exercise {exercise} binds {', '.join(taken)} of a setup cell, a new name is accepted"
        known |= binds
        lent |= dict.fromkeys(binds, exercise)


RULES = (anatomy, independence)
