"""Fill the lifted cells of the chapters from the library: python -m tools.sync [--check] [NOTEBOOK ...].

A cell tagged ``vdtext:heat.explicit_step`` holds the definition of that function, class or constant, with its
decorators and comments and without its docstrings.  The library's text is read, never imported.
"""

import argparse
import ast
import sys
from pathlib import Path

from tools import ROOT, chapters, notebooks


def source_file(module, root=ROOT):
    """The file of the library's module, "heat" or "heat.explicit", be it a module or a package."""
    base = root.joinpath("vdtext", *module.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    raise ValueError(f"vdtext.{module} is no module: the tag vdtext:MODULE.NAME names a module of the library")


def binds(node, name):
    """Whether a top-level statement defines `name`."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name == name
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return any(isinstance(n, ast.Name) and n.id == name for target in targets for n in ast.walk(target))


def find(dotted, root=ROOT):
    """Where the library defines "heat.explicit_step": the file's text and the node, re-exports followed."""
    module, _, name = dotted.rpartition(".")
    path = source_file(module, root)
    text = path.read_text(encoding="utf-8")
    body = ast.parse(text).body
    for node in body:
        if binds(node, name):
            return text, node
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in (n for n in body if isinstance(n, ast.ImportFrom)):
        for alias in node.names:
            if (alias.asname or alias.name) == name:
                near = ["vdtext", *package][: len(package) + 2 - node.level] if node.level else []
                home = [*near, *(node.module or "").split(".")]
                if home[0] == "vdtext":
                    return find(".".join([*home[1:], alias.name]), root)
    raise ValueError(f"vdtext.{module} defines no {name}: the tag vdtext:MODULE.NAME names a definition of the library")


def definition(dotted, root=ROOT):
    """The text of a definition as a lifted cell holds it: comments above and inside it kept, docstrings dropped."""
    text, node = find(dotted, root)
    lines = text.splitlines()
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    while first > 1 and lines[first - 2].startswith("#"):
        first -= 1
    keep = dict(enumerate(lines[first - 1 : node.end_lineno], first))
    for inner in ast.walk(node):
        if document := notebooks.docstring(inner):
            for number in range(document.lineno, document.end_lineno + 1):
                keep.pop(number)
            if inner.body == [document]:
                keep[document.lineno] = " " * document.col_offset + "pass"
            elif not keep.get(document.end_lineno + 1, "code").strip():
                keep.pop(document.end_lineno + 1)
    return "\n".join(keep[number] for number in sorted(keep))


def drifted(source, dotted, root=ROOT):
    """Whether a cell's syntax tree differs from the library's, docstrings aside (it does not use `definition`)."""
    node = find(dotted, root)[1]
    for inner in ast.walk(node):
        if notebooks.docstring(inner):
            inner.body = inner.body[1:] or [ast.Pass()]
    try:
        return ast.dump(ast.parse(source)) != ast.dump(ast.Module([node], []))
    except SyntaxError:
        return True


def sync(nb, root=ROOT):
    """Fill the notebook's lifted cells in place; outputs of a cell that changed are dropped.  Returns what changed."""
    changed = []
    for cell in nb.cells:
        if dotted := notebooks.lifted(cell):
            source = definition(dotted, root)
            if cell.source != source:
                cell.update(source=source, outputs=[], execution_count=None)
                changed.append(f"{cell.id}: vdtext.{dotted}")
    return changed


def main(arguments=None):
    """Sync the chapters; with --check, only say which cells have drifted."""
    parser = argparse.ArgumentParser(prog="tools.sync", description="fill the chapters' lifted cells from the library")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if a cell has drifted")
    parser.add_argument("notebooks", nargs="*", type=Path, help="all chapters unless given")
    options = parser.parse_args(arguments)
    total = 0
    for path in options.notebooks or chapters():
        nb = notebooks.read(path)
        try:
            changed = sync(nb)
        except ValueError as error:
            print(f"{notebooks.where(path)}: {error}", file=sys.stderr)
            return 1
        for line in changed:
            print(f"{notebooks.where(path)}: {line} {'has drifted: make sync fills it' if options.check else 'filled'}")
        if changed and not options.check:
            notebooks.write(nb, path)
        total += len(changed)
    return int(options.check and total > 0)


if __name__ == "__main__":
    sys.exit(main())
