"""Rules about what an author writes: passport, sections, length of cells, prose around them, tags and habits.

Lines of code are counted as in the library: blank lines, comments and docstrings do not count.
"""

import ast
import re
import statistics

from tools.notebooks import code_lines, info, plain_lines, tags

PASSPORT = dict(objectives=list, prerequisites=list, data=list, module=str, read_minutes=int, lesson_minutes=int)
KINDS = {list: "a list of texts", str: "a text", int: "a whole number above 0"}
SECTIONS = (
    "The whole idea in one picture",
    "Folklore",
    "Build it",
    "Referee it",
    "Use it",
    "Things that do not work",
    "Exercises",
    "Self-check",
    "What you can now do",
    "Further reading",
)
TAGS = ("setup", "solution", "check", "folklore", "hide-input", "hide-output", "hide-cell")
CLOCKS = {"time", "timeit", "datetime"}


def parsed(cell):
    """The syntax tree of a code cell, or None where it is no plain Python."""
    try:
        return ast.parse(cell.source)
    except SyntaxError:
        return None


def code(nb):
    """The code cells that are plain Python; the others are a finding of `habits`."""
    return [cell for cell in nb.cells if cell.cell_type == "code" and parsed(cell) is not None]


def passport(nb, path):
    given = info(nb)
    for field, kind in PASSPORT.items():
        value = given.get(field)
        if not isinstance(value, kind) or (kind is int and value <= 0) or (field == "objectives" and not value):
            yield "passport", f"{field} is {value!r}, {KINDS[kind]} is accepted"
    for field in sorted(set(given) - set(PASSPORT)):
        yield "passport", f"unknown field {field}, accepted are {', '.join(PASSPORT)}"
    if given.get("module") != path.stem[3:]:
        yield "passport", f"module is {given.get('module')!r}, the file's own word {path.stem[3:]!r} is accepted"
    for name in given.get("data") or []:
        if not (path.parents[1] / name).is_file():
            yield "passport", f"data file {name} does not exist, a path from the book's root is accepted"


def sections(nb, path):
    lines = [(c.id, line) for c in nb.cells if c.cell_type == "markdown" for line in plain_lines(c.source)]
    titles = [cell for cell, line in lines if line.startswith("# ")]
    if titles != [nb.cells[0].id]:
        yield "notebook", f"{len(titles)} titles (# …), one is accepted, in the first cell"
    given = [(cell, line[3:].strip()) for cell, line in lines if line.startswith("## ")]
    for number, (cell, title) in enumerate(given):
        wanted = SECTIONS[number] if number < len(SECTIONS) else "the end of the chapter"
        if title != wanted:
            yield cell, f"section {number + 1} is {title!r}, {wanted!r} is accepted"
            return
    if len(given) < len(SECTIONS):
        yield "notebook", f"ends after {len(given)} sections, next {SECTIONS[len(given)]!r} is accepted"


def lengths(nb, path):
    counts = [(cell.id, code_lines(cell.source)) for cell in code(nb)]
    yield from ((cell, f"{n} lines of code, at most 25 are accepted") for cell, n in counts if n > 25)
    numbers = [n for _, n in counts] or [0]
    if (median := statistics.median(numbers)) > 5:
        yield "notebook", f"the median cell has {median:g} lines of code, at most 5 are accepted"
    if (short := sum(n <= 12 for n in numbers)) < 0.9 * len(numbers):
        yield "notebook", f"{short} of {len(numbers)} cells have at most 12 lines of code, 90 % are accepted"


def prose(nb, path):
    for before, cell in zip(nb.cells, nb.cells[1:], strict=False):
        if cell.cell_type != "code":
            continue
        if before.cell_type == "code" and not {"hide-input", "solution", "check"} & set(tags(cell)):
            yield cell.id, "follows a code cell, Markdown before it is accepted (or hide-input, where it only plots)"
        if before.cell_type == "markdown" and not re.search(r"^(?!#|\(.*\)=$|%)\s*\S", before.source, re.M):
            yield cell.id, "follows a bare heading, a sentence that says what to look for is accepted"


def imported(tree):
    """The modules that a syntax tree imports, by their first name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


def habits(nb, path):
    if nb.metadata.get("execution"):
        yield "notebook", "metadata `execution` (allow_errors), none is accepted: a chapter runs without errors"
    for cell in nb.cells:
        for tag in tags(cell):
            if tag not in TAGS and not tag.startswith("vdtext:"):
                yield cell.id, f"tag {tag}, accepted are {', '.join(TAGS)} and vdtext:MODULE.NAME"
        if cell.cell_type == "code" and (not cell.source.strip() or parsed(cell) is None):
            yield cell.id, "is empty or not plain Python (magics), plain Python is accepted"
        elif cell.cell_type == "code":
            if clocks := sorted(CLOCKS.intersection(imported(parsed(cell)))):
                yield cell.id, f"reads the clock ({', '.join(clocks)}), a ratio from data/bench.json is accepted"
            if "NBVAL_" in cell.source:
                yield cell.id, "an NBVAL comment, none is accepted: every cell is compared"


RULES = (passport, sections, lengths, prose, habits)
