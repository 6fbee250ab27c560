"""How the maintenance tools read and write notebooks and their cells."""

import ast
import io
import os
import re
import tempfile
import tokenize

import nbformat

from tools import ROOT

SILENT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def where(path, root=ROOT):
    """The path as messages show it: relative to the book where it lies inside it."""
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def read(path):
    """The notebook in the file `path`."""
    return nbformat.read(path, as_version=4)


def write(nb, path):
    """Write the notebook in one step: readers see the old file or the new one, never half of one."""
    write_text(nbformat.writes(nb, version=4).rstrip("\n") + "\n", path)


def write_text(text, path):
    """Write a text file in one step."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".saving-")
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def tags(cell):
    """The cell's tags."""
    return cell.metadata.get("tags", [])


def info(cell):
    """What the book keeps about a cell, an output or a whole notebook: its `vdtext` metadata."""
    return cell.get("metadata", {}).get("vdtext", {})


def lifted(cell):
    """The dotted name that a lifted cell holds ("heat.explicit_step"), or None."""
    names = [tag.removeprefix("vdtext:") for tag in tags(cell) if tag.startswith("vdtext:")]
    if len(names) > 1:
        raise ValueError(f"cell {cell.id} lifts {', '.join(names)}: one definition a cell is accepted")
    return names[0] if names else None


def docstring(node):
    """The docstring's statement of a module, class or function, or None."""
    if isinstance(node, DOCUMENTED) and node.body and isinstance(node.body[0], ast.Expr):
        value = node.body[0].value
        return node.body[0] if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
    return None


def code_lines(source):
    """How many lines bear code: blank lines, comments and docstrings do not count."""
    documents = filter(None, map(docstring, ast.walk(ast.parse(source))))
    silent = {line for node in documents for line in range(node.lineno, node.end_lineno + 1)}
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return len({n for t in tokens if t.type not in SILENT for n in range(t.start[0], t.end[0] + 1)} - silent)


def fences(markdown):
    """Each line with what the fences around it say: "" or "python" for a listing, "{note}" for a directive."""
    stack = []
    for line in markdown.splitlines():
        mark = re.match(r"\s*(`{3,}|:{3,}|~{3,})\s*(.*)", line)
        closes = bool(mark and stack and not mark[2] and mark[1].startswith(stack[-1][0]))
        listing = stack and not stack[-1][1].startswith("{")
        if mark and not closes and not listing:
            stack.append((mark[1], mark[2]))
        yield line, [said for _, said in stack]
        if closes:
            stack.pop()


def plain_lines(markdown):
    """The lines of a Markdown text that lie outside fences."""
    return [line for line, stack in fences(markdown) if not stack]


def without_listings(markdown):
    """A Markdown text without the code that it lists; what directives hold stays."""
    return "\n".join(line for line, stack in fences(markdown) if all(said.startswith("{") for said in stack))
