"""Rules about what holds the book together: equations and tests, references and their targets, errata and cells."""

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from tools import ROOT, chapters, notebooks
from tools.notebooks import info, tags, without_listings

LABEL = r"([\w.:-]+)"
EQUATION = re.compile(rf"\$\$[ \t]*\({LABEL}\)[ \t]*$|\{{math\}}.*\n(?:\s*:\w+:.*\n)*?\s*:label:\s*{LABEL}", re.M)
NAMELESS = re.compile(r"\\begin\{(equation|align|gather|multline|eqnarray)\}")
TARGET = re.compile(rf"^\s*\({LABEL}\)=\s*$|^\s*:(?:name|label):\s*{LABEL}\s*$", re.M)
ROLE = re.compile(r"\{(eq|numref|ref|prf:ref|cite(?::\w+)?)\}`([^`]+)`")
ERRATA = ("id", "claim", "verdict", "correction", "source", "chapter", "anchor")


def markdown(nb):
    """What a chapter says in MyST: (cell id, text) of its Markdown cells, without listings, and of its captions."""
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            yield cell.id, without_listings(cell.source)
        for output in cell.get("outputs", []):
            yield cell.id, info(output).get("caption", "")


def first(pattern, text):
    """What the one group that matched says, for every match."""
    return [next(group for group in match.groups() if group) for match in pattern.finditer(text)]


def tied(path):
    """The equations that the tests of a file evaluate: the arguments of @pytest.mark.equation on tests that compare."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for mark in node.decorator_list if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") else []:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func).endswith("mark.equation"):
                inside = [inner for statement in node.body for inner in ast.walk(statement)]
                asserts = [n.test for n in inside if isinstance(n, ast.Assert) and not isinstance(n.test, ast.Constant)]
                calls = [ast.unparse(n.func) for n in inside if isinstance(n, ast.Call)]
                if asserts or any(".assert_" in call for call in calls):
                    yield from (argument.value for argument in mark.args if isinstance(argument, ast.Constant))


@dataclass(frozen=True)
class Book:
    """What the rules need to know about the other files of the book."""

    root: Path = ROOT

    @cached_property
    def texts(self):
        """The MyST text of all pages, in pieces."""
        pages = [*self.root.glob("*.md"), *self.root.glob("appendix/*.md")]
        said = [without_listings(page.read_text(encoding="utf-8")) for page in pages]
        return said + [text for path in chapters(self.root) for _, text in markdown(notebooks.read(path))]

    @cached_property
    def equations(self):
        return {label for text in self.texts for label in first(EQUATION, text)}

    @cached_property
    def targets(self):
        """Labels that {ref} and {numref} find: targets, names of directives and of figures, rows of the errata."""
        labels = {label for text in self.texts for label in first(TARGET, text)}
        for path in chapters(self.root):
            outputs = (output for cell in notebooks.read(path).cells for output in cell.get("outputs", []))
            labels |= {info(output).get("name") for output in outputs}
        return labels | {f"errata-row-{row['id'].lower()}" for row in self.errata}

    @cached_property
    def sources(self):
        """The keys of the bibliography."""
        path = self.root / "references.bib"
        return set(re.findall(r"^@\w+\{([^,\s]+)", path.read_text(encoding="utf-8") if path.exists() else "", re.M))

    @cached_property
    def tested(self):
        return {name for path in sorted(self.root.glob("tests/test_*.py")) for name in tied(path)}

    @cached_property
    def errata(self):
        path = self.root / "appendix" / "errata.yml"
        return (yaml.safe_load(path.read_text(encoding="utf-8")) or []) if path.exists() else []


def equations(nb, path, book):
    for cell, text in markdown(nb):
        for label in first(EQUATION, text):
            if label not in book.tested:
                yield cell, f'equation {label} has no test, one with @pytest.mark.equation("{label}") is accepted'
        if nameless := NAMELESS.search(text):
            yield cell, f"a numbered {nameless[1]} without a name, $$ … $$ (eq-name) is accepted"


def references(nb, path, book):
    kinds = {"eq": (book.equations, "the label of an equation")}
    for cell, text in markdown(nb):
        for role, content in ROLE.findall(text):
            known, wanted = kinds.get(role, (book.targets, "a label of the book"))
            if role.startswith("cite"):
                known, wanted = book.sources, "a key of references.bib"
            named = re.search(r"<([^>]+)>$", content)
            for label in (named[1] if named else content).split(","):
                if label.strip() not in known:
                    yield cell, f"{{{role}}} of {label.strip()}, {wanted} is accepted"


def errata(nb, path, book):
    """Every folklore cell has its rows, every row of this chapter its cell, with the label before it."""
    number, word = path.stem.split("_", 1)
    rows = {row.get("id"): row for row in book.errata}
    if len(rows) < len(book.errata):
        yield "notebook", "two rows of appendix/errata.yml have one id, an id of its own is accepted"
    here = {k for k, r in rows.items() if str(r.get("chapter")) in (number, str(int(number)), word, path.stem)}
    shown, text = set(), ""
    for cell in nb.cells:
        text = f"{text}\n{cell.source}" if cell.cell_type == "markdown" else text
        named = info(cell).get("errata") or []
        if ("folklore" in tags(cell)) != bool(named):
            yield cell.id, "accepted are the tag folklore and, in metadata vdtext.errata, the ids of its rows: both"
        for identity in named:
            row = rows.get(identity, {})
            if lacking := [key for key in ERRATA if not str(row.get(key) or "").strip()]:
                yield cell.id, f"row {identity} of appendix/errata.yml lacks {', '.join(lacking)}"
            elif f"({row['anchor']})=" not in text:
                yield cell.id, f"row {identity} wants the label ({row['anchor']})= in the Markdown before this cell"
        shown |= set(named)
        text = "" if cell.cell_type == "code" else text
    for identity in sorted(here - shown):
        yield "notebook", f"row {identity} of appendix/errata.yml is shown by no cell, one tagged folklore is accepted"
    for identity in sorted(shown & set(rows) - here):
        yield "notebook", f"row {identity} of appendix/errata.yml belongs to chapter {rows[identity].get('chapter')}"


def untied(book):
    """Tests tied to equations that no chapter has: (file, finding)."""
    for path in sorted(book.root.glob("tests/test_*.py")):
        for label in sorted(set(tied(path)) - book.equations):
            yield path, f"a test is tied to equation {label}, the label of an equation in a chapter is accepted"


RULES = (equations, references, errata)
