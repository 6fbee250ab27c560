"""The lint of the chapters: python -m tools.check [--exercises] [--pages] [NOTEBOOK ...].

Every finding is one line: file, cell, what was found and what is accepted.  --exercises also runs each exercise's stub
and solution; --pages reads the built book in _build/html instead.
"""

import argparse
import sys
from pathlib import Path

from tools import ROOT, chapters, notebooks
from tools.lint import book, cells, exercises, outputs, trials
from tools.lint.pages import check_pages
from tools.sync import sync


def drift(nb, path):
    """Lifted cells hold what the library holds."""
    try:
        changed = sync(nb, path.parents[1])
    except ValueError as error:
        yield "notebook", str(error)
    else:
        yield from ((line.split(":")[0], "has drifted from the library: make sync fills it") for line in changed)


def check(path, root=ROOT, *, run_exercises=False):
    """What the lint finds in one chapter, a line a finding."""
    nb, whole = notebooks.read(path), book.Book(root)
    found = [finding for rule in (*cells.RULES, *outputs.RULES, *exercises.RULES) for finding in rule(nb, path)]
    found += [finding for rule in book.RULES for finding in rule(nb, path, whole)]
    found += trials.run(nb, path) if run_exercises else []
    found += drift(nb, path)
    return [f"{notebooks.where(path, root)}: {cell}: {text}" for cell, text in found]


def check_tests(root=ROOT):
    """Tests that are tied to equations which no chapter has."""
    return [f"{notebooks.where(path, root)}: {text}" for path, text in book.untied(book.Book(root))]


def main(arguments=None):
    """Check the given chapters, or all of them, or the pages; exit 1 on any finding."""
    parser = argparse.ArgumentParser(prog="tools.check", description="the lint of the chapters")
    parser.add_argument("--exercises", action="store_true", help="run every exercise's stub and solution too")
    parser.add_argument("--pages", action="store_true", help="read the built pages in _build/html instead")
    parser.add_argument("notebooks", nargs="*", type=Path, help="all chapters unless given")
    options = parser.parse_args(arguments)
    if options.pages:
        findings = check_pages(ROOT / "_build" / "html")
    else:
        paths = [path.resolve() for path in options.notebooks] or chapters()
        findings = [line for path in paths for line in check(path, run_exercises=options.exercises)]
        findings += [] if options.notebooks else check_tests()
    print(*findings, sep="\n", end="\n" if findings else "")
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main())
