"""Rules about what a committed notebook holds: it ran, it is slim, its figures are described, its numbers rounded."""

import copy
import re

from tools.notebooks import info
from tools.slim import slim

FOLDERS = "home|root|Users|work|tmp|mnt|opt|usr|var"
LOCAL = re.compile(rf"(?<![\w.:/~-])/(?:{FOLDERS})/[\w./-]+|\b[A-Z]:\\\w+")
NUMBER = re.compile(r"(?<![\w.])(\d+\.\d*|\.\d+)(?:[eE][-+]?\d+)?(?!\.?\d)")
CHANCE = re.compile(r"\b0x[0-9a-f]{6,}|^<[\w.]+ .*>$|\b20\d\d-\d\d-\d\d\b", re.M)


def cells(nb):
    """The code cells."""
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def texts(cell):
    """Everything that a cell's outputs say in plain text."""
    for output in cell.get("outputs", []):
        if "text" in output:
            yield output.text
        yield from (value for kind, value in output.get("data", {}).items() if kind.endswith("text/plain"))


def committed(nb, path):
    for count, cell in enumerate(cells(nb), 1):
        if cell.execution_count != count:
            yield cell.id, f"execution count {cell.execution_count}, {count} is accepted: make save runs the chapter"
        if any(output.output_type == "error" for output in cell.outputs):
            yield cell.id, "ended in an error, a cell that runs is accepted (try … except shows an error)"
    if slim(copy.deepcopy(nb)) != nb:
        yield "notebook", "is not slimmed: make save slims it"


def is_figure(output):
    """Whether an output is a picture, also after slimming has taken the picture away."""
    kinds = output.get("data", {})
    glued = all(kind.startswith("application/papermill") for kind in kinds)
    drawn = re.search(r"<(img|video|svg|canvas)\b", kinds.get("text/html", ""))
    return (output.output_type == "display_data" and not glued) or drawn or any(k.startswith("image/") for k in kinds)


def figures(nb, path):
    names = set()
    for cell, output in [(one, output) for one in cells(nb) for output in one.outputs]:
        said = info(output)
        if not said and not is_figure(output):
            continue
        missing = [key for key in ("name", "caption", "alt") if not str(said.get(key, "")).strip()]
        if missing:
            yield cell.id, f"a figure without {', '.join(missing)}, one by figures.show(…) with all three is accepted"
        elif len(said["alt"].split()) < 3 or said["alt"] == said["caption"]:
            yield cell.id, f"alt text {said['alt']!r}, a sentence that says what is seen is accepted"
        elif said["name"] in names:
            yield cell.id, f"a second figure called {said['name']}, a name of its own is accepted"
        names.add(said.get("name"))


def printed(nb, path):
    for cell in nb.cells:
        for text in (cell.source, *texts(cell)):
            if found := LOCAL.search(text):
                yield cell.id, f"an absolute path ({found[0]}), a path relative to the book is accepted"
        for text in texts(cell):
            if found := CHANCE.search(text):
                yield cell.id, f"prints what differs from run to run ({found[0]}), a stable text is accepted"
            for number in NUMBER.finditer(text):
                if len(number[1].replace(".", "").lstrip("0")) > 4:
                    yield cell.id, f"prints {number[0]}, at most 4 significant digits are accepted"


RULES = (committed, figures, printed)
