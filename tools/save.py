"""Take a chapter's text back into its notebook: python -m tools.save 03 [--force].

The code is formatted, lifted cells are filled, every cell is executed, the outputs are slimmed and the result linted.
The notebook is replaced only if all its cells ran; the text is never removed.  Without a text, the notebook is taken.
"""

import argparse
import re
import subprocess
import sys

import nbformat

from tools import ROOT, notebooks
from tools.check import check
from tools.edit import digest, from_text, pair, to_text
from tools.execute import execute
from tools.slim import slim
from tools.sync import sync


def source(name, *, force=False, root=ROOT):
    """The notebook as its author left it: from the text where there is one, else from the file.

    A text that was written from another state of the notebook than the present one is refused unless `force`.
    """
    notebook, text = pair(name, root)
    if not text.exists():
        return notebooks.read(notebook), notebook, None
    draft = text.read_text(encoding="utf-8")
    nb, stamp = from_text(draft)
    if notebook.exists() and not force and digest(notebooks.read(notebook)) not in (stamp, digest(nb)):
        given = f"{notebooks.where(notebook, root)} has changed since {text.name} was written from it"
        raise ValueError(f"{given}: python -m tools.save {name} --force takes the text and drops that change")
    return nb, notebook, draft


def formatted(nb, path):
    """The notebook with its code as ruff formats it; code that is no Python stays, its execution will say why."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", f"{path.parent.name}/{path.name}", "-"]
    done = subprocess.run(command, cwd=path.parents[1], input=nbformat.writes(nb), capture_output=True, text=True)
    return nb if done.returncode else nbformat.reads(done.stdout, as_version=4)


def run(nb, path, root=ROOT):
    """Execute the notebook as it is in memory; ValueError with chapter, cell and traceback if a cell fails."""
    folder = root / ".edit"  # as deep as chapters/, so that ../data means the same; git ignores it
    folder.mkdir(exist_ok=True)
    trial = folder / path.name
    try:
        notebooks.write(nb, trial)
        executed = execute(trial)
    finally:
        trial.unlink(missing_ok=True)
    if executed.error:
        raise ValueError(f"{notebooks.where(path, root)} is left as it was\n{executed.error}")
    print(f"{notebooks.where(path, root)}: executed in {executed.seconds:.1f} s, {executed.peak_mb:.0f} MB")
    return executed.notebook


def renew(nb, path, draft):
    """Give the text the new ids, lifted cells and stamp; a text that was edited meanwhile gets the stamp alone."""
    fresh, current = to_text(nb), path.read_text(encoding="utf-8")
    if current != draft:
        print(f"{path.name} was edited while the notebook ran: the notebook holds the text as it was before")
        fresh = re.sub(r"^stamp: .*$", f"stamp: '{digest(nb)}'", current, count=1, flags=re.M)
    notebooks.write_text(fresh, path)


def save(name, *, force=False, root=ROOT):
    """Save chapter `name` and return what the lint finds in it."""
    nb, path, draft = source(name, force=force, root=root)
    nb = formatted(nb, path)
    for line in sync(nb, root):
        print(f"{notebooks.where(path, root)}: {line} filled")
    nb = slim(run(nb, path, root))
    notebooks.write(nb, path)
    if draft is not None:
        renew(nb, path.with_suffix(".md"), draft)
    return check(path, root)


def main(arguments=None):
    """Save one chapter; exit 1 if it could not be saved or if the lint finds something."""
    parser = argparse.ArgumentParser(prog="tools.save", description="take a chapter's MyST text back into its notebook")
    parser.add_argument("chapter", help="03, heat or 03_heat")
    parser.add_argument("--force", action="store_true", help="drop what changed in the notebook since edit")
    options = parser.parse_args(arguments)
    try:
        findings = save(options.chapter, force=options.force)
    except ValueError as error:
        print(f"save: {error}", file=sys.stderr)
        return 1
    print(*findings, sep="\n", end="\n" if findings else "")
    print(f"saved, with {len(findings)} findings of the lint")
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main())
