"""Build the book: ``make book`` executes the chapters that changed, in parallel, and makes the HTML.

python -m tools.build              all chapters
python -m tools.build --chapter 3  executes no other than chapter 3
python -m tools.build --release    packs the built book
"""

import argparse
import sys
from pathlib import Path

from tools import ROOT, chapters, find_chapter, notebooks
from tools.executions import ChapterError, cores, record, run_chapters, stored
from tools.html import SphinxError, configuration, make_html, release, source_url
from tools.stage import pages, stage


def build(root: Path = ROOT, *, only: str | None = None, jobs: int | None = None, **repository: str) -> list[str]:
    """Build the book under `root`; the names of the chapters that were executed.

    Parameters
    ----------
    root : Path
        The repository.
    only : str or None
        A chapter; no other is executed: they show their last execution, or what their notebook stores.
    jobs : int or None
        How many chapters to execute at once; as many as there are cores unless said.
    **repository : str
        As for `configuration`.

    Raises
    ------
    ChapterError
        If a cell fails.
    ValueError
        If _toc.yml or a passport is wrong.
    SphinxError
        If Sphinx warns.
    """
    named, found = {page for page in pages(root) if page.startswith("chapters/")}, chapters(root)
    if odd := named ^ {f"chapters/{path.stem}" for path in found}:
        raise ValueError(f"_toc.yml and the folder chapters/ disagree about {', '.join(sorted(odd))}")
    ran = run_chapters([find_chapter(only, root)] if only else found, root, jobs=jobs or cores())
    settings = configuration(root, **repository)
    executed = {}
    for path in found:
        if known := record(path, root):
            executed[path.stem] = notebooks.read(stored(path, root)), known
    stage(root, root / "_build" / "src", executed, source_url=source_url(settings))
    print("book: making the pages", flush=True)
    make_html(root, settings)
    for name, (notebook, _) in executed.items():  # what a reader downloads: the chapter as executed, not as staged
        notebooks.write(notebook, root / "_build" / "html" / "_sources" / "chapters" / f"{name}.ipynb")
    return ran


def report(root: Path, ran: list[str]) -> str:
    """The table chapter · seconds · peak MB, and where to open the book."""
    lines = [f"{'chapter':<16}{'seconds':>9}{'peak MB':>9}"]
    for path in chapters(root):
        known = record(path, root)
        numbers = f"{known['seconds']:>9.1f}{known['peak_mb']:>9.0f}" if known else f"{'–':>9}{'–':>9}"
        lines.append(f"{path.stem:<16}{numbers}{'' if path.stem in ran else '  kept' if known else '  not executed'}")
    return "\n".join([*lines, "", "open _build/html/index.html"])


def main() -> int:
    """The commands above; the exit status."""
    parser = argparse.ArgumentParser(prog="tools.build", description="build the book")
    parser.add_argument("--chapter", default="", help="3, 03, heat or 03_heat: execute no other")
    parser.add_argument("--jobs", type=int, help="chapters to execute at once; the number of cores unless said")
    parser.add_argument("--release", action="store_true", help="pack the built book")
    options = parser.parse_args()
    try:
        if options.release:
            print(f"{release(ROOT)} and its SHA-256")
        else:
            print(report(ROOT, build(only=options.chapter or None, jobs=options.jobs)))
    except (ChapterError, SphinxError, FileNotFoundError, ValueError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
