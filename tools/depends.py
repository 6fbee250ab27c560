"""What a chapter depends on, and the key that says whether its last execution still holds.

A chapter is executed again when its code cells change, or a file of ``vdtext`` that it imports (directly or through
others), or a data file that its passport lists, or requirements.lock.  A changed sentence executes nothing.
"""

import ast
import hashlib
import json
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

from tools import notebooks

PACKAGE = "vdtext"
ACTING_TAGS = {"raises-exception", "skip-execution"}


def imports(source: str, package: str = "") -> set[str]:
    """Dotted names below ``vdtext`` that `source` imports anywhere, also inside functions.

    Parameters
    ----------
    source : str
        Python code.
    package : str
        The package that relative imports start from.

    Returns
    -------
    set of str
        ``from vdtext import heat`` gives ``vdtext`` and ``vdtext.heat``; names that are no modules are harmless.

    Examples
    --------
    >>> sorted(imports("from . import heat", "vdtext"))
    ['vdtext', 'vdtext.heat']
    """
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return {name for name in names if name.split(".")[0] == PACKAGE}


def closure(names: set[str], root: Path) -> set[Path]:
    """Files of the library that importing `names` reads, with all that they import in turn."""
    files, todo = set(), set(names)
    while todo:
        parts = todo.pop().split(".")
        for depth in range(1, len(parts) + 1):  # importing a.b.c also runs a and a.b
            stem = root.joinpath(*parts[:depth])
            for file, package in ((stem / "__init__.py", parts[:depth]), (stem.with_suffix(".py"), parts[: depth - 1])):
                if file.is_file() and file not in files:
                    files.add(file)
                    todo |= imports(file.read_text(), ".".join(package))
    return files


def dependencies(path: Path, root: Path) -> set[Path]:
    """The files, besides its own code, on which the results of the notebook at `path` depend.

    Raises
    ------
    FileNotFoundError
        If the passport lists a data file that does not exist.
    """
    notebook = notebooks.read(path)
    plain = TransformerManager().transform_cell
    code = [plain(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    data = {root / name for name in notebooks.info(notebook).get("data", [])}
    for file in data:
        if not file.is_file():
            raise FileNotFoundError(f"the passport of {path.name} lists {file.relative_to(root)}, which does not exist")
    return closure(set().union(*map(imports, code)), root) | data | {root / "requirements.lock"}


def key(path: Path, root: Path) -> str:
    """A hash that changes exactly when the notebook at `path` has to be executed again."""
    cells = notebooks.read(path).cells
    code = [[c.source, sorted(ACTING_TAGS & set(notebooks.tags(c)))] for c in cells if c.cell_type == "code"]
    digest = hashlib.sha256(json.dumps(code).encode())
    for file in sorted(dependencies(path, root)):
        digest.update(b"\0" + str(file.relative_to(root)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
