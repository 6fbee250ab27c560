"""Write a chapter as an ignored MyST text, for an editor: python -m tools.edit 03 [--force].

`tools.save` takes the text back.  The text carries each cell's id, and in its header (`stamp`) a digest of the notebook
that it was written from: by it either tool knows whether the text, or the notebook, has been changed since.
"""

import argparse
import copy
import hashlib
import json
import re
import sys
from itertools import zip_longest

import jupytext

from tools import ROOT, find_chapter, notebooks
from tools.slim import only, slim

MYST = {"extension": ".md", "format_name": "myst", "notebook_metadata_filter": "all", "cell_metadata_filter": "all"}


def pair(name, root=ROOT):
    """The paths of a chapter's notebook and of its text; one of the two may not exist."""
    texts = sorted(root.glob(f"chapters/{name:0>2}_*.md"))
    try:
        notebook = find_chapter(name, root)
    except ValueError:
        if len(texts) != 1:
            raise
        notebook = texts[0].with_suffix(".ipynb")
    return notebook, notebook.with_suffix(".md")


def content(nb):
    """What an author writes: every cell's id, kind, source and metadata, and the passport."""
    metadata = [only(cell.metadata, "tags", "vdtext", "mystnb") for cell in nb.cells]
    cells = [(c.id, c.cell_type, c.source.strip(), m) for c, m in zip(nb.cells, metadata, strict=True)]
    return [("passport", notebooks.info(nb)), *cells]


def digest(nb):
    """A short fingerprint of the notebook's content; outputs do not count."""
    return hashlib.sha256(json.dumps(content(nb), sort_keys=True).encode()).hexdigest()[:16]


def name_cells(nb):
    """Give every cell an id: its own, or one made from its source where it has none or an earlier cell has the same."""
    seen = set()
    for cell in nb.cells:
        name = str(cell.metadata.pop("id", ""))
        while name in seen or not re.fullmatch(r"[\w-]{1,64}", name, re.ASCII):
            name = hashlib.sha256(f"{name}\n{cell.source}".encode()).hexdigest()[:8]
        seen.add(name)
        cell.id = name
    return nb


def from_text(text):
    """The notebook that a MyST text describes, without outputs, and the text's stamp ("" where it has none)."""
    try:
        nb = jupytext.reads(text, MYST)
    except Exception as error:  # YAML's and jupytext's errors have no common class
        raise ValueError(f"the text is no MyST notebook ({str(error).splitlines()[0]}); see CONTRIBUTING.md") from error
    stamp = str(nb.metadata.get("stamp", ""))
    return slim(name_cells(nb)), stamp


def to_text(nb):
    """The notebook as MyST text, with a stamp; refuses what the text could not give back."""
    plain = slim(copy.deepcopy(nb))
    plain.metadata.stamp = digest(nb)
    for cell in plain.cells:
        cell.metadata["id"] = cell.id
    text = re.sub(r"^jupytext:\n(?: .*\n)+", "", jupytext.writes(plain, MYST), count=1, flags=re.M)
    back = content(from_text(text)[0])
    lost = [had[0] for had, has in zip_longest(content(nb), back, fillvalue=("of the text",)) if had != has]
    if lost:
        raise ValueError(f"cell {lost[0]} is lost in MyST text: no line +++ and no {{code-cell}} in it is accepted")
    return text


def edit(name, *, force=False, root=ROOT):
    """Write the text of a chapter; a text with edits that were not saved is kept unless `force`.  Returns its path."""
    notebook, text = pair(name, root)
    if not notebook.exists():
        raise ValueError(f"{notebooks.where(text, root)} has no notebook yet: make save CHAPTER={name} writes it")
    nb = notebooks.read(notebook)
    if text.exists() and not force:
        draft, stamp = from_text(text.read_text(encoding="utf-8"))
        if digest(draft) not in (stamp, digest(nb)):
            line = "make save CHAPTER={0} takes them over, python -m tools.edit {0} --force drops them"
            raise ValueError(f"{notebooks.where(text, root)} has edits that are not saved: {line.format(name)}")
    notebooks.write_text(to_text(nb), text)
    return text


def main(arguments=None):
    """Write the text of one chapter and say where."""
    parser = argparse.ArgumentParser(prog="tools.edit", description="write a chapter as MyST text")
    parser.add_argument("chapter", help="03, heat or 03_heat")
    parser.add_argument("--force", action="store_true", help="drop edits of the text that were not saved")
    options = parser.parse_args(arguments)
    try:
        path = edit(options.chapter, force=options.force)
    except ValueError as error:
        print(f"edit: {error}", file=sys.stderr)
        return 1
    print(f"{notebooks.where(path)}: edit it, then make save CHAPTER={options.chapter}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
