"""Keep in a committed notebook what nbval compares, and nothing else: python -m tools.slim [NOTEBOOK ...].

Pictures, films and widgets go; text stays.  Executing a slimmed chapter and slimming it again gives the same bytes.
"""

import re
import sys
from pathlib import Path

from nbformat import NotebookNode

from tools import ROOT, chapters, notebooks

HEAVY = ("image/", "video/", "audio/", "application/vnd.jupyter.widget")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
SANITIZER = ROOT / "tests" / "nbval_sanitize.cfg"


def patterns(path=SANITIZER):
    """The (pattern, replacement) pairs that nbval applies to both sides of its comparison."""
    return re.findall(r"^regex: (.*)$\n^replace: (.*)$", path.read_text(encoding="utf-8"), re.M)


def only(metadata, *keys):
    """The entries of `metadata` that the book uses."""
    return NotebookNode({key: metadata[key] for key in keys if key in metadata})


def sanitized(text):
    """A text output with the sanitizer's placeholders in it."""
    for pattern, replacement in patterns():
        text = re.sub(pattern, replacement, text)
    return text


def slim_outputs(outputs):
    """The outputs without bytes; pieces of one stream are joined, since where the kernel cuts them is chance."""
    kept = []
    for output in outputs:
        if output.output_type == "stream" and kept and kept[-1].get("name") == output.name:
            kept[-1].text += output.text
            continue
        if "data" in output:
            output.data = NotebookNode({k: v for k, v in output.data.items() if not k.startswith(HEAVY)})
            for kind in {"text/html", "text/plain"} & set(output.data):
                output.data[kind] = sanitized(output.data[kind])
            output.metadata = only(output.metadata, "vdtext", "scrapbook")  # the latter is what {glue} reads
            if not output.data:
                continue
        kept.append(output)
    return kept


def slim(nb):
    """Slim the notebook in place and return it."""
    nb.metadata = only(nb.metadata, "vdtext")
    nb.metadata.kernelspec = NotebookNode(KERNEL)
    nb.nbformat_minor = 5
    for cell in nb.cells:
        cell.metadata = only(cell.metadata, "tags", "vdtext", "mystnb")
        if cell.cell_type == "code":
            cell.outputs = slim_outputs(cell.outputs)
    return nb


def main(paths):
    """Slim the given notebooks, or all chapters."""
    for path in map(Path, paths) if paths else chapters():
        before = path.read_bytes()
        notebooks.write(slim(notebooks.read(path)), path)
        if path.read_bytes() != before:
            print(f"{notebooks.where(path)}: slimmed from {len(before)} to {path.stat().st_size} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
