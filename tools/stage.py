"""Stage the book for Sphinx: everything that _toc.yml names goes to _build/src, in the form that makes the page.

Only files that change are written, so that Sphinx reads no other page again.
"""

import re
from importlib.util import find_spec
from pathlib import Path

import nbformat
import yaml
from nbformat import NotebookNode

from tools import notebooks
from tools.generate import bench, errata, errata_rows, reproducibility
from tools.home import FOLDER, STAGED, cards, cover, key_figure
from tools.page import chapter_page, with_outputs

GENERATORS = {function.__name__: function for function in (cover, cards, errata, reproducibility, bench)}
GENERATED_MARK = re.compile(r"^% generated: (\w+)[ \t]*$", re.M)
MATHJAX = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax" / "tex-svg-full.js"


def pages(root: Path) -> list[str]:
    """The documents that _toc.yml names, in reading order, without suffix."""
    toc = yaml.safe_load((root / "_toc.yml").read_text())
    return [toc["root"], *(entry["file"] for part in toc["parts"] for entry in part["chapters"])]


def write(path: Path, content: bytes) -> None:
    """Write a file if that changes it."""
    if not (path.is_file() and path.read_bytes() == content):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def stage(root: Path, source: Path, executed: dict[str, tuple[NotebookNode, dict]], *, source_url: str = "") -> None:
    """Fill the folder `source` with the book under `root`; files that the book no longer has are removed.

    Parameters
    ----------
    root, source : Path
        The repository, and the folder that Sphinx will read.
    executed : dict
        Notebook and record of each chapter whose last execution still holds, by name (``03_heat``).
    source_url : str
        Where the files of the repository are shown; empty for nowhere.
    """
    records = {name: record | {"figure": key_figure(done)} for name, (done, record) in executed.items()}
    rows = {row["id"]: row for row in errata_rows(root)}
    files = [root / "references.bib", *(file for file in (root / "assets").rglob("*") if file.is_file())]
    wanted = {file.relative_to(root): file.read_bytes() for file in files}
    wanted[Path("assets/static/mathjax.js")] = MATHJAX.read_bytes()
    for name in pages(root):
        if (path := root / f"{name}.ipynb").is_file():
            done, record = executed.get(path.stem, (None, None))
            notebook = with_outputs(notebooks.read(path), done)
            module = root / "vdtext" / f"{notebooks.info(notebook).get('module', path.stem[3:])}.py"
            module = module if module.is_file() else module.with_suffix("")  # a package of rooms
            url = f"{source_url}/{module.relative_to(root)}" if source_url else ""
            text = nbformat.writes(chapter_page(notebook, record, module_url=url, errata=rows))
        else:
            path = root / f"{name}.md"
            text = GENERATED_MARK.sub(lambda found: GENERATORS[found[1]](root, records), path.read_text())
        wanted[path.relative_to(root)] = text.encode()
    wanted |= {STAGED / file.name: file.read_bytes() for file in (root / FOLDER).glob("*")}
    for path, content in wanted.items():
        write(source / path, content)
    for path in [file for file in source.rglob("*") if file.is_file() and file.relative_to(source) not in wanted]:
        path.unlink()
