"""The tools that maintain the chapters, on a small book in a temporary folder."""

import ast
import copy
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import ROOT, check, edit, notebooks, save, slim, sync
from tools.execute import Executed
from tools.lint import names, trials
from tools.lint.cells import SECTIONS
from tools.lint.exercises import stub
from tools.lint.pages import check_pages

HOME = "/" + "home"  # put together, because no file may name a path of one machine
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
LIBRARY = '''"""Heat."""

import functools

from vdtext.tools_of_heat import stretch as wide

# Largest stable step.
LIMIT = 0.25  # 1/(2d), d = 2


@functools.cache
def explicit_step(u, step):
    """One step.

    Examples
    --------
    >>> 1 + 1
    2
    """

    # outflow first
    def inner(v):
        """Inner."""
        return v * step

    return u + inner(u)  # Euler


class Flow:
    """A flow, documented."""
'''
LIFTED = """@functools.cache
def explicit_step(u, step):
    # outflow first
    def inner(v):
        return v * step

    return u + inner(u)  # Euler"""


def md(name, text):
    return new_markdown_cell(text, id=name)


def py(name, source, *tags, outputs=(), **vdtext):
    metadata = {"tags": list(tags)} if tags else {}
    return new_code_cell(
        source, id=name, outputs=list(outputs), metadata=metadata | ({"vdtext": vdtext} if vdtext else {})
    )


def stream(text):
    return new_output("stream", name="stdout", text=text)


def picture(**vdtext):
    data = {"text/plain": "[figure fig-a: a grey square]", "image/png": PIXEL}
    return new_output("display_data", data, metadata={"vdtext": vdtext} if vdtext else {})


def exercise(number, level):
    body = f"def double{number}(x):\n    ### BEGIN SOLUTION\n    return math.ldexp(x, 1)\n    ### END SOLUTION"
    said = {"exercise": f"3.{number}", "level": level, "minutes": 5}
    return [
        md(f"task{number}", f"**Exercise 3.{number}.** Double a number.\n\n:::{{dropdown}} Hint\nShift it.\n:::"),
        py(f"work{number}", body, "solution", **said),
        py(f"check{number}", f"assert double{number}(3) == 6", "check", exercise=f"3.{number}"),
    ]


FIGURE = {"name": "fig-a", "caption": "A square, grey.", "alt": "A grey square on white."}
PASSPORT = {
    "objectives": ["double a number"],
    "prerequisites": ["chapter 2"],
    "module": "heat",
    "read_minutes": 20,
    "lesson_minutes": 45,
    "data": ["data/numbers.csv"],
}


def story():
    """A chapter in which the lint finds nothing."""
    prose = {title: f"## {title}\n\nLook at the number." for title in SECTIONS}
    cells = [
        md(
            "title",
            "# Heat\n\n$$\nu = v\n$$ (eq-heat)\n\nAs in {eq}`eq-heat` and {cite:t}`evans2010`, {numref}`fig-a`.",
        ),
        py("setup", "import functools\nimport math", "setup"),
        md("s0", prose[SECTIONS[0]]),
        py("draw", "draw()", "hide-input", outputs=[picture(**FIGURE)]),
        md("s1", f"{prose[SECTIONS[1]]}\n\n(errata-s3-c1)=\nThe claim says three."),
        py("claim", "print(2 + 2)", "folklore", outputs=[stream("4\n")], errata=["S3-C1"]),
        md("s2", prose[SECTIONS[2]]),
        py("lift", LIFTED, "vdtext:heat.explicit_step"),
        md("s3", "\n\n".join(prose[title] for title in SECTIONS[3:7])),
        *(cell for number, level in enumerate((1, 1, 2, 2, 3), 1) for cell in exercise(number, level)),
        md("end", "\n\n".join(prose[title] for title in SECTIONS[7:])),
    ]
    nb = slim.slim(new_notebook(cells=cells, metadata={"vdtext": PASSPORT}))
    for count, cell in enumerate((cell for cell in nb.cells if cell.cell_type == "code"), 1):
        cell.execution_count = count
    return nb


def cell(nb, name):
    return next(cell for cell in nb.cells if cell.id == name)


@pytest.fixture
def book(tmp_path):
    """A book of one chapter, whole."""
    files = {
        "vdtext/__init__.py": "",
        "vdtext/heat.py": LIBRARY,
        "vdtext/tools_of_heat/__init__.py": "from .rooms import stretch\n",
        "vdtext/tools_of_heat/rooms.py": "def stretch(x):\n    return 2 * x\n",
        "tests/test_heat.py": "@pytest.mark.equation('eq-heat')\ndef test_heat():\n    assert left() == right()\n",
        "appendix/errata.yml": "- {id: S3-C1, claim: three, verdict: wrong, correction: four, source: S3, chapter: 3,"
        " anchor: errata-s3-c1}\n",
        "references.bib": "@book{evans2010,\n}\n",
        "data/numbers.csv": "1\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "chapters").mkdir()
    notebooks.write(story(), tmp_path / "chapters" / "03_heat.ipynb")
    return tmp_path


def chapter(book):
    return book / "chapters" / "03_heat.ipynb"


# --- sync -------------------------------------------------------------------------------------------------------------


def test_a_lifted_definition_keeps_decorators_and_comments_and_drops_docstrings(book):
    assert sync.definition("heat.explicit_step", book) == LIFTED


def test_constants_and_bare_classes_are_lifted(book):
    assert sync.definition("heat.LIMIT", book) == "# Largest stable step.\nLIMIT = 0.25  # 1/(2d), d = 2"
    assert sync.definition("heat.Flow", book) == "class Flow:\n    pass"


def test_reexports_are_followed_under_their_names(book):
    assert sync.definition("heat.wide", book) == "def stretch(x):\n    return 2 * x"
    assert not sync.drifted("def stretch(x): return 2 * x", "tools_of_heat.stretch", book)


@pytest.mark.parametrize("dotted", ["heat.nothing", "nothing.f", "heat.functools"])
def test_an_unknown_name_is_refused_in_one_line(book, dotted):
    with pytest.raises(ValueError, match=r"^vdtext\.\w+ .*: the tag vdtext:MODULE.NAME .*\w$"):
        sync.definition(dotted, book)


@pytest.mark.parametrize(
    ("source", "drifted"),
    [
        (LIFTED, False),
        (LIFTED.replace("    # outflow first\n", ""), False),
        (LIFTED.replace("u + inner", "u - inner"), True),
        (LIFTED.replace("@functools.cache\n", ""), True),
        (LIFTED + "\nprint(1)", True),
        ("def", True),
    ],
)
def test_drift_is_a_difference_of_syntax_trees(book, source, drifted):
    assert sync.drifted(source, "heat.explicit_step", book) is drifted


def test_sync_fills_a_cell_and_drops_only_its_outputs(book):
    nb = story()
    assert sync.sync(nb, book) == []
    cell(nb, "lift").source = "pass"
    cell(nb, "lift").outputs = [stream("old")]
    assert sync.sync(nb, book) == ["lift: vdtext.heat.explicit_step"]
    assert (cell(nb, "lift").source, cell(nb, "lift").outputs) == (LIFTED, [])
    assert cell(nb, "claim").outputs
    assert [c.id for c in nb.cells] == [c.id for c in story().cells]


def test_two_definitions_in_one_cell_are_refused(book):
    nb = story()
    cell(nb, "lift").metadata.tags.append("vdtext:heat.LIMIT")
    with pytest.raises(ValueError, match="one definition a cell is accepted"):
        sync.sync(nb, book)


def test_sync_says_what_changed_and_check_changes_nothing(book, capsys, monkeypatch):
    monkeypatch.setattr(sync, "sync", lambda nb, sync=sync.sync: sync(nb, book))
    path, before = chapter(book), chapter(book).read_bytes()
    assert sync.main(["--check", str(path)]) == 0
    notebooks.write(nbformat.from_dict(story() | {"cells": [py("lift", "pass", "vdtext:heat.LIMIT")]}), path)
    old = path.read_bytes()
    assert sync.main(["--check", str(path)]) == 1
    assert path.read_bytes() == old != before
    assert "lift: vdtext.heat.LIMIT has drifted" in capsys.readouterr().out
    assert sync.main([str(path)]) == 0
    assert sync.main(["--check", str(path)]) == 0


def library_names():
    for path in sorted((ROOT / "vdtext").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT / "vdtext").with_suffix("").parts).removesuffix(".__init__")
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and module != "__init__":
                yield f"{module}.{node.name}"


@pytest.mark.parametrize("dotted", list(library_names()))
def test_every_definition_of_the_library_can_be_lifted(dotted):
    source = sync.definition(dotted)
    assert not sync.drifted(source, dotted)
    assert not [n for n in ast.walk(ast.parse(source).body[0]) if notebooks.docstring(n)]


# --- slim -------------------------------------------------------------------------------------------------------------


def heavy():
    html = f'<img src="data:image/png;base64,{PIXEL}" alt="a square">'
    outputs = [
        stream("a\n"),
        stream("b\n"),
        picture(**FIGURE),
        new_output(
            "execute_result", {"text/html": html, "text/plain": "[slider]", "video/mp4": "AAAA"}, execution_count=1
        ),
        new_output("display_data", {"image/png": PIXEL}, metadata={"image/png": {"width": 3}}),
    ]
    nb = new_notebook(cells=[py("a", "1", "setup", outputs=outputs)], metadata={"widgets": {}, "vdtext": PASSPORT})
    nb.metadata.language_info = {"name": "python", "version": "3.11.7"}
    nb.cells[0].metadata.execution = {"iopub.execute_input": "2026-01-01T00:00:00"}
    return nb


def test_slim_keeps_text_and_metadata_of_the_book_and_nothing_heavy():
    nb = slim.slim(heavy())
    assert set(nb.metadata) == {"vdtext", "kernelspec"}
    assert nb.cells[0].metadata == {"tags": ["setup"]}
    text, figure, slider = nb.cells[0].outputs
    assert text.text == "a\nb\n"
    assert figure.metadata == {"vdtext": FIGURE}
    assert set(figure.data) == {"text/plain"}
    assert slider.data == {"text/html": '<img src="data:,slimmed" alt="a square">', "text/plain": "[slider]"}


def test_slimming_twice_is_slimming_once():
    once = slim.slim(heavy())
    assert slim.slim(copy.deepcopy(once)) == once


def test_nbval_reads_the_same_patterns():
    from nbval.plugin import get_sanitize_patterns

    assert list(get_sanitize_patterns(slim.SANITIZER.read_text())) == slim.patterns()
    assert slim.sanitized(f"url(data:video/mp4;base64,{PIXEL}) 0.33") == "url(data:,slimmed) 0.33"


def test_the_tool_says_what_it_saved(tmp_path, capsys):
    path = tmp_path / "01_a.ipynb"
    nbformat.write(heavy(), path)
    slim.main([path])
    assert re.search(r"slimmed from \d+ to \d+ bytes", capsys.readouterr().out)
    first = path.read_bytes()
    slim.main([path])
    assert path.read_bytes() == first
    assert first.endswith(b"}\n")
    assert not capsys.readouterr().out


# --- edit and save ----------------------------------------------------------------------------------------------------


@pytest.fixture
def ran(monkeypatch):
    """Pretend that every cell ran: execution counts and no outputs, unless a cell says `fail`."""

    def execute(path):
        nb = notebooks.read(path)
        for count, one in enumerate((one for one in nb.cells if one.cell_type == "code"), 1):
            one.execution_count = count
            if one.source.startswith("draw"):
                one.outputs = [picture(**FIGURE)]
        failed = [one.id for one in nb.cells if "fail" in one.source]
        return Executed(
            nb, 1.0, 100.0, f"{path.stem}: code cell 1 (id {failed[0]}) failed\n\nNameError" if failed else None
        )

    monkeypatch.setattr(save, "execute", execute)


def text_of(book):
    return book / "chapters" / "03_heat.md"


def test_ids_tags_and_passport_survive_the_text(book):
    nb = notebooks.read(chapter(book))
    back, stamp = edit.from_text(edit.to_text(nb))
    assert edit.content(back) == edit.content(nb)
    assert stamp == edit.digest(nb) == edit.digest(back)


@pytest.mark.parametrize(
    "source", ["---\na: 1\n---\nx = 1", ":a: 1", "%time f()", "```\n'''\n```", "x = '''\n+++\n'''", ""]
)
def test_awkward_code_survives_the_text(source):
    nb = story()
    cell(nb, "claim").source = source
    cell(nb, "claim").id = "0123"  # as YAML, a number
    assert edit.content(edit.from_text(edit.to_text(nb))[0]) == edit.content(nb)


@pytest.mark.parametrize("source", ["above\n\n+++\n\nbelow", "```{code-cell}\nx\n```"])
def test_what_the_text_would_lose_is_refused(source):
    nb = story()
    cell(nb, "s1").source = source
    with pytest.raises(ValueError, match="cell s1 is lost in MyST text"):
        edit.to_text(nb)


def test_new_and_copied_cells_get_ids_that_depend_on_their_source_alone():
    text = (
        "```{code-cell}\n:id: a\n\nx = 1\n```\n\n```{code-cell}\n:id: a\n\nx = 2\n```\n\n```{code-cell}\nx = 3\n```\n"
    )
    first, again = (edit.from_text(text)[0] for _ in range(2))
    ids = [one.id for one in first.cells]
    assert ids == [one.id for one in again.cells]
    assert ids[0] == "a"
    assert len(set(ids)) == 3
    nbformat.validate(first)


def test_edit_keeps_unsaved_edits_unless_forced(book):
    path = edit.edit("03", root=book)
    assert path == text_of(book)
    written = path.read_text()
    edit.edit("heat", root=book)  # no edits: nothing to lose
    path.write_text(written.replace("Look at", "Look hard at"))
    with pytest.raises(ValueError, match=r"^chapters/03_heat.md has edits that are not saved: .*--force drops them$"):
        edit.edit("03", root=book)
    assert "Look hard at" in path.read_text()
    edit.edit("03", root=book, force=True)
    assert path.read_text() == written


def test_edit_takes_over_what_changed_in_the_notebook(book):
    edit.edit("03", root=book)
    nb = notebooks.read(chapter(book))
    cell(nb, "end").source += "\n\nMore."
    notebooks.write(nb, chapter(book))
    assert "More." in edit.edit("03", root=book).read_text()


def test_a_text_that_is_no_notebook_is_refused_and_kept(book):
    text_of(book).write_text("---\na: [\n---\n")
    with pytest.raises(ValueError, match="the text is no MyST notebook"):
        edit.edit("03", root=book)
    assert text_of(book).read_text() == "---\na: [\n---\n"


def test_saving_an_edited_text(book, ran, capsys):
    path = edit.edit("03", root=book)
    before = [one.id for one in story().cells]
    path.write_text(path.read_text().replace("print(2 + 2)", "print( 2*2 )").replace("u + inner(u)", "u"))
    assert save.save("03", root=book) == []
    nb = notebooks.read(chapter(book))
    assert cell(nb, "claim").source == "print(2 * 2)"
    assert cell(nb, "lift").source == LIFTED
    assert [one.id for one in nb.cells] == before
    assert "lift: vdtext.heat.explicit_step filled" in capsys.readouterr().out
    assert "u + inner(u)" in path.read_text()
    edit.edit("03", root=book)  # the text has no edits any more
    assert not list(book.rglob(".saving*"))
    assert not list((book / ".edit").iterdir())


def test_a_cell_that_fails_leaves_notebook_and_text_as_they_were(book, ran, monkeypatch, capsys):
    path, before = edit.edit("03", root=book), chapter(book).read_bytes()
    path.write_text(path.read_text().replace("print(2 + 2)", "fail()"))
    draft = path.read_text()
    monkeypatch.setattr(save, "save", lambda name, force, save=save.save: save(name, force=force, root=book))
    assert save.main(["03"]) == 1
    assert re.search(
        r"03_heat.ipynb is left as it was\n03_heat: code cell 1 \(id claim\) failed\n\nNameError",
        capsys.readouterr().err,
    )
    assert (chapter(book).read_bytes(), path.read_text()) == (before, draft)


def test_a_notebook_that_changed_meanwhile_is_not_overwritten(book, ran):
    edit.edit("03", root=book)
    nb = notebooks.read(chapter(book))
    cell(nb, "end").source += "\n\nMore."
    notebooks.write(nb, chapter(book))
    with pytest.raises(ValueError, match=r"03_heat.ipynb has changed since 03_heat.md was written from it"):
        save.save("03", root=book)
    save.save("03", root=book, force=True)
    assert "More." not in cell(notebooks.read(chapter(book)), "end").source


def test_a_text_that_is_edited_during_execution_keeps_its_edits(book, monkeypatch, ran, capsys):
    path, execute = edit.edit("03", root=book), save.execute

    def slow(trial):
        path.write_text(path.read_text().replace("Look at", "Look hard at"))
        return execute(trial)

    monkeypatch.setattr(save, "execute", slow)
    save.save("03", root=book)
    assert "Look hard at" in path.read_text()
    assert "was edited while" in capsys.readouterr().out
    monkeypatch.setattr(save, "execute", execute)
    save.save("03", root=book)
    assert "Look hard at" in chapter(book).read_text()


def test_a_first_text_becomes_a_notebook(book, ran):
    text = edit.to_text(notebooks.read(chapter(book)))
    text_of(book).write_text(re.sub(r"^stamp: .*\n|^:id: .*\n|^id: .*\n", "", text, flags=re.M))
    chapter(book).unlink()
    save.save("03", root=book)
    nb = notebooks.read(chapter(book))
    assert [one.source for one in nb.cells] == [one.source for one in story().cells]
    assert notebooks.info(nb) == PASSPORT
    nbformat.validate(nb)
    ids = [one.id for one in nb.cells]
    save.save("03", root=book)
    assert [one.id for one in notebooks.read(chapter(book)).cells] == ids


def test_saving_without_a_text_runs_and_slims_the_notebook(book, ran):
    nb = notebooks.read(chapter(book))
    cell(nb, "claim").execution_count = None
    notebooks.write(nb, chapter(book))
    assert save.save("03", root=book) == []
    assert not text_of(book).exists()
    with pytest.raises(ValueError, match="CHAPTER=04 is not a chapter"):
        save.save("04", root=book)


def test_executing_and_slimming_again_gives_the_same_bytes(book):
    source = (
        "import sys\nfrom IPython.display import display\nprint(1, flush=True)\nprint(2, file=sys.stderr)\nprint(3)\n"
        f"display({{'text/plain': 'x', 'image/png': '{PIXEL}'}}, raw=True, metadata={{'vdtext': {FIGURE}}})\n7"
    )
    nb = new_notebook(
        cells=[md("a", "# Heat"), py("b", source), py("c", "Path = open('../data/numbers.csv').read()\nPath")]
    )
    notebooks.write(nb, chapter(book))
    save.save("03", root=book)
    first = chapter(book).read_bytes()
    save.save("03", root=book)
    assert chapter(book).read_bytes() == first
    nb = notebooks.read(chapter(book))
    assert [one.execution_count for one in nb.cells[1:]] == [1, 2]
    assert cell(nb, "b").outputs[-1].data["text/plain"] == "7"
    assert nb.cells[2].outputs[0].data["text/plain"] == "'1\\n'"


# --- check ------------------------------------------------------------------------------------------------------------


def test_a_whole_chapter_has_no_findings(book):
    assert check.check(chapter(book), book, run_exercises=True) == []
    assert check.check_tests(book) == []


def said(**vdtext):
    return lambda nb: nb.metadata.vdtext.update(vdtext)


def source(name, text):
    return lambda nb: cell(nb, name).update(source=text)


def replaced(name, old, new):
    return lambda nb: cell(nb, name).update(source=cell(nb, name).source.replace(old, new))


def output(name, *outputs):
    return lambda nb: cell(nb, name).update(outputs=list(outputs))


def tagged(name, *tags):
    return lambda nb: cell(nb, name).metadata.update(tags=list(tags))


def meant(name, **vdtext):
    return lambda nb: cell(nb, name).metadata.setdefault("vdtext", {}).update(vdtext)


def prints(text):
    return output("claim", stream(text))


FLAWS = [
    (said(objectives=[]), "passport: objectives is [], a list of texts is accepted"),
    (said(read_minutes="20"), "passport: read_minutes is '20', a whole number above 0"),
    (said(lesson_minutes=0), "passport: lesson_minutes is 0"),
    (said(module="edges"), "passport: module is 'edges', the file's own word 'heat' is accepted"),
    (said(author="me"), "passport: unknown field author"),
    (said(data=["data/none.csv"]), "passport: data file data/none.csv does not exist"),
    (replaced("s3", "## Use it", "## Apply it"), "s3: section 5 is 'Apply it', 'Use it' is accepted"),
    (replaced("end", "## Further reading", "Further reading"), "ends after 9 sections, next 'Further reading'"),
    (replaced("end", "## Further", "## More\n\n## Further"), "section 10 is 'More', 'Further reading' is accepted"),
    (replaced("s1", "## ", "# Two\n\n## "), "2 titles (# …), one is accepted, in the first cell"),
    (
        source("claim", "\n".join(f"a{n} = {n}" for n in range(26))),
        "claim: 26 lines of code, at most 25",
    ),
    (source("claim", "# why\n\n" + "\n".join(f"a{n} = {n}" for n in range(13))),),
    (
        lambda nb: [c.update(source=c.source + "\nassert 1" * 9) for c in nb.cells if c.id[:4] in ("chec", "work")],
        "the median cell has",
    ),
    (tagged("draw"),),
    (
        lambda nb: nb.cells.remove(cell(nb, "s0")),
        "section 1 is 'Folklore', 'The whole idea in one picture' is accepted",
    ),
    (source("s0", "## The whole idea in one picture"), "draw: follows a bare heading, a sentence"),
    (
        lambda nb: nb.cells.insert(8, py("more", "2")),
        "more: follows a code cell, Markdown before it",
        "execution count",
    ),
    (tagged("draw", "hide_input"), "draw: tag hide_input, accepted are setup, "),
    (tagged("draw", "raises-exception"), "draw: tag raises-exception, accepted are"),
    (lambda nb: nb.metadata.update(execution={"allow_errors": True}), "allow_errors", "is not slimmed"),
    (source("claim", "%time f()"), "claim: is empty or not plain Python"),
    (source("claim", ""), "claim: is empty"),
    (source("claim", "from time import sleep"), "claim: reads the clock (time)"),
    (source("claim", "2  # NBVAL_IGNORE_OUTPUT"), "claim: an NBVAL comment, none is accepted"),
    (lambda nb: cell(nb, "claim").update(execution_count=None), "claim: execution count None, 3 is accepted"),
    (lambda nb: cell(nb, "claim").update(execution_count=9), "claim: execution count 9, 3 is accepted"),
    (output("claim", new_output("error", ename="E", evalue="e", traceback=[])), "claim: ended in an error"),
    (output("draw", picture(**FIGURE)), "is not slimmed"),
    (output("draw", picture()), "draw: a figure without name, caption, alt", "fig-a, a label", "is not slimmed"),
    (output("claim", new_output("display_data", {"text/plain": "x"})), "claim: a figure without name, caption, alt"),
    (
        output("claim", new_output("execute_result", {"text/html": "<p><svg></svg>"})),
        "claim: a figure without name, caption",
    ),
    (output("claim", new_output("execute_result", {"text/html": "<p>A quiz"})),),
    (output("claim", new_output("display_data", {"application/papermill.record/text/plain": "0.33"})),),
    (output("draw", slim.slim_outputs([picture(**FIGURE | {"alt": ""})])[0]), "draw: a figure without alt"),
    (
        output("draw", slim.slim_outputs([picture(**FIGURE | {"alt": "square"})])[0]),
        "draw: alt text 'square', a sentence",
    ),
    (output("claim", slim.slim_outputs([picture(**FIGURE)])[0]), "claim: a second figure called fig-a"),
    (
        source("claim", f"open('{HOME}/me/a.mp4')"),
        f"claim: an absolute path ({HOME}/me/a.mp4), a path relative to the book is accepted",
    ),
    (prints("saved in C:" + "\\Users\n"), "claim: an absolute path"),
    (prints(f"see https://example.org{HOME}/page 1280×720\n"),),
    (prints("mean 0.12345\n"), "claim: prints 0.12345, at most 4 significant digits are accepted"),
    (prints("12345.0 1.23456e-07\n"), "claim: prints 12345.0, at most 4", "claim: prints 1.23456e-07, at most 4"),
    (prints("0.001234 12.34 1280 2.13.0+cpu 1.2e-13 v1.23456.7 921600 30000/1001\n"),),
    (prints("<object at 0x7f12ab34cd56>\n"), "claim: prints what differs from run to run"),
    (prints("2026-11-20\n"), "claim: prints what differs from run to run"),
    (
        replaced("title", "(eq-heat)", "(eq-new)"),
        "equation eq-new has no test",
        "{eq} of eq-heat, the label of an equation",
    ),
    (replaced("s1", "## ", "```{math}\n:label: eq-b\nu\n```\n\n## "), "s1: equation eq-b has no test"),
    (replaced("s1", "## ", "```md\n$$ u $$ (eq-b)\n```\n\n## "),),
    (replaced("s1", "## ", "\\begin{align}u\\end{align}\n\n## "), "s1: a numbered align without a name"),
    (replaced("title", "evans2010", "evans2011"), "title: {cite:t} of evans2011, a key of references.bib is accepted"),
    (replaced("title", "`fig-a`", "`Figure %s <fig-b>`"), "title: {numref} of fig-b, a label of the book is accepted"),
    (replaced("title", "`fig-a`", "`Figure %s <fig-a>`"),),
    (
        lambda nb: cell(nb, "claim").metadata.pop("vdtext"),
        "claim: accepted are the tag folklore and",
        "row S3-C1 of appendix/errata.yml is shown by no cell, one tagged",
    ),
    (tagged("claim"), "claim: accepted are the tag folklore and"),
    (meant("claim", errata=["S3-C1", "S3-C9"]), "claim: row S3-C9 of appendix/errata.yml lacks id, claim"),
    (replaced("s1", "(errata-s3-c1)=", ""), "claim: row S3-C1 wants the label (errata-s3-c1)="),
    (lambda nb: nb.cells.__delitem__(slice(-4, -1)), "4 exercises, at least 5", "no exercise of level 3"),
    (meant("work5", level=2), "no exercise of level 3, one of each level"),
    (meant("work5", minutes="5"), "work5: exercise 3.5: a level from 1 to 3 and minutes"),
    (
        meant("work5", exercise="5"),
        "exercise '5', an id such as '3.1'",
        "the stub of exercise 5 passes",
        "exercise 5 has no check",
        "checks exercise 3.5, which",
        "uses double5",
    ),
    (replaced("task2", "Hint", "Help"), "work2: exercise 3.2 has no hint"),
    (
        source("check2", "double2(3) == 6"),
        "work2: exercise 3.2 has no check, a cell tagged check",
        "stub of exercise 3.2 passes",
    ),
    (
        replaced("work2", "### END SOLUTION", ""),
        "work2: accepted are the lines ### BEGIN",
        "stub of exercise 3.2 passes",
    ),
    (
        replaced("check2", "double2", "double1"),
        "check2: exercise 3.2 uses double1, what it or a setup cell binds is accepted",
        "the solution of exercise 3.2 stops with NameError",
    ),
    (replaced("work2", "double2", "math"), "work2: exercise 3.2 binds math of a setup cell", "exercise 3.2"),
    (
        replaced("work2", "math.ldexp(x, 1)", "scale * x"),
        "work2: exercise 3.2 uses scale",
        "solution of exercise 3.2 stops with NameError",
    ),
    (
        lambda nb: nb.cells.extend([md("z", "Look."), py("last", "double1(2)")]),
        "last: uses double1 of exercise 3.1",
        "execution count",
    ),
    (
        replaced("work3", "math.ldexp(x, 1)", "3 * x"),
        "work3: the solution of exercise 3.3 stops with AssertionError; one that",
    ),
    (replaced("check3", "== 6", "!= 7"), "work3: the stub of exercise 3.3 passes, a check that only"),
    (
        replaced("work3", "    return", "    1 / 0\n    return"),
        "solution of exercise 3.3 stops with ZeroDivisionError: division by zero",
    ),
    (
        replaced("work3", "def double3", "missing\ndef double3"),
        "the stub of exercise 3.3 stops with NameError",
        "exercise 3.3",
    ),
    (replaced("setup", "import math", "import math\nnothing"), "the setup cells alone stop with NameError"),
    (replaced("lift", "u + inner", "u - inner"), "lift: has drifted from the library: make sync fills it"),
    (tagged("lift", "vdtext:heat.none"), "notebook: vdtext.heat defines no none: the tag"),
]


@pytest.mark.parametrize(
    ("flaw", "findings"), [(f, t) for f, *t in FLAWS], ids=[str((*t, "fine")[0]) for _, *t in FLAWS]
)
def test_a_flaw_is_found_and_nothing_else(book, flaw, findings):
    nb = story()
    flaw(nb)
    notebooks.write(nb, chapter(book))
    found = check.check(chapter(book), book, run_exercises="exercise 3." in str(findings) or "setup" in str(findings))
    assert all(line.startswith("chapters/03_heat.ipynb: ") and "\n" not in line for line in found)
    assert [line for line in found if not any(text in line for text in findings)] == []
    assert [text for text in findings if not any(text in line for line in found)] == []


def test_a_test_without_comparison_ties_nothing(book):
    test = book / "tests" / "test_heat.py"
    test.write_text("@pytest.mark.equation('eq-heat')\ndef test_heat():\n    assert True  # eq-heat\n")
    assert any("equation eq-heat has no test" in line for line in check.check(chapter(book), book))
    test.write_text(
        "@pytest.mark.equation('eq-heat', 'eq-old')\ndef test_heat():\n    np.testing.assert_allclose(a, b)\n"
    )
    assert check.check(chapter(book), book) == []
    assert check.check_tests(book) == [
        "tests/test_heat.py: a test is tied to equation eq-old, the label of an equation in a chapter is accepted"
    ]


def test_every_row_of_the_errata_has_a_cell(book):
    with open(book / "appendix" / "errata.yml", "a") as file:
        file.write("- {id: S3-C2, chapter: heat}\n- {id: S4-C1, chapter: 4}\n")
    found = check.check(chapter(book), book)
    assert [line for line in found if "S3-C2" in line] == found != []
    path = book / "appendix" / "errata.yml"
    path.write_text(path.read_text().replace("chapter: 3", "chapter: 4").replace("chapter: heat", "chapter: 5"))
    assert check.check(chapter(book), book) == [
        "chapters/03_heat.ipynb: notebook: row S3-C1 of appendix/errata.yml belongs to chapter 4"
    ]


def test_an_endless_exercise_is_a_finding(book, monkeypatch):
    nb = story()
    cell(nb, "check1").source = "while True: pass"
    notebooks.write(nb, chapter(book))
    monkeypatch.setattr(trials, "SECONDS", 2)
    assert trials.run(nb, chapter(book)) == [("notebook", "the exercises ran for more than 2 s, less is accepted")]


def test_the_stub_hides_every_solution():
    source = "def f(x):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION\n\n"
    source += "### BEGIN SOLUTION\na = 1\n### END SOLUTION\n"
    assert stub(source) == "def f(x):\n    ...  # your code here\n\n...  # your code here\n"


@pytest.mark.parametrize(
    ("source", "needed", "bound"),
    [
        ("u = u + 1", {"u"}, {"u"}),
        ("u += 1", {"u"}, {"u"}),
        ("for i in range(n): print(i)", {"n"}, {"i"}),
        ("def f(x):\n    return g(x) + c", {"g", "c"}, {"f"}),
        ("def f(): return g()\ndef g(): return 1", set(), {"f", "g"}),
        ("import a.b, c as d\nfrom e import f", set(), {"a", "d", "f"}),
        ("[x for x in y if x > z]", {"y", "z"}, set()),
        ("with open(p) as f: f.read()", {"p"}, {"f"}),
        ("print(a)\na = 1", {"a"}, {"a"}),
        ("a.b[c] = d", {"a", "c", "d"}, set()),
        ("class A(B):\n    x: C = 1", {"B", "C"}, {"A"}),
    ],
)
def test_names_that_code_needs_and_binds(source, needed, bound):
    tree = ast.parse(source)
    assert (names.needed(tree), names.bound(tree)) == (needed, bound)


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("", 0),
        ("# a\n\nx = 1  # b\n", 1),
        ('def f():\n    """A.\n\n    B."""\n    return """\n    c\n    """', 4),
        ("f(\n    1,\n)", 3),
    ],
)
def test_lines_of_code(source, count):
    assert notebooks.code_lines(source) == count


# --- pages ------------------------------------------------------------------------------------------------------------

WHOLE = """<html><head><link rel="stylesheet" href="_static/a.css?v=1"><link rel="canonical" href="https://x.org"></head>
<body><h1>T</h1><article><h1 id="t">T</h1><img src="_images/a.png" alt="A grey square."><a href="b.html#s">b</a>
<a href="#t">t</a><a href="https://x.org">x</a><a href="#">.</a><a href="_sources/a.ipynb">.</a></article>
<script>const THEBE = "https://x.org/a.js"</script></body></html>"""
SECOND = '<body><article><h1>B</h1><section id="s"></section></article></body>'

BROKEN = [
    (
        'alt="A grey square."',
        "",
        "image _images/a.png is described by None, an alt text or aria-label that says what it is",
    ),
    ("A grey square.", "_images/a1b2.png", "image _images/a.png is described by '_images/a1b2.png'"),
    ("A grey square.", " ", "image _images/a.png is described by ' '"),
    ("</head>", '<script src="https://x.org/m.js"></script></head>', "loads https://x.org/m.js, a file of the book"),
    ("</head>", '<script type="module">import m from "https://x.org/m.js"</script></head>', "loads https://x.org/m.js"),
    ("</head>", '<link rel="preload" href="//x.org/f.woff2"></head>', "loads //x.org/f.woff2"),
    ("</head>", "<style>@import 'https://x.org/f.css'</style></head>", "loads https://x.org/f.css"),
    ("</article>", '<video aria-label="A." src="http://x.org/a.mp4"></video></article>', "loads http://x.org/a.mp4"),
    ("</article>", '<input type="range"></article>', "input range is described by None"),
    ("</article>", '<video role="img"></video></article>', "video is described by None"),
    ("_static/a.css", "_static/b.css", "loads _static/b.css?v=1, which does not exist"),
    ("</article>", '<p style="background: url(https://x.org/a.png)"></p></article>', "loads https://x.org/a.png"),
    ("b.html#s", "c.html", "link c.html leads nowhere"),
    ("b.html#s", "b.html#u", "link b.html#u leads nowhere"),
    ('href="#t"', 'href="#u"', "link #u leads nowhere"),
    ("</article>", "<h1>U</h1></article>", "2 titles (h1), one is accepted"),
    ('<h1 id="t">T</h1>', '<h2 id="t">T</h2>', "0 titles (h1), one is accepted"),
]


@pytest.fixture
def html(tmp_path):
    for name, text in {
        "a.html": WHOLE,
        "b.html": SECOND,
        "_static/a.css": "p {}",
        "_images/a.png": "",
        "_sources/a.ipynb": "{}",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_whole_pages_have_no_findings(html):
    assert check_pages(html) == []


@pytest.mark.parametrize(("old", "new", "finding"), BROKEN, ids=[finding for *_, finding in BROKEN])
def test_a_broken_page_is_found(html, old, new, finding):
    assert old in WHOLE
    (html / "a.html").write_text(WHOLE.replace(old, new))
    found = check_pages(html)
    assert len(found) == 1
    assert found[0].startswith("a.html: ")
    assert finding in found[0]


def test_a_stylesheet_that_loads_from_the_network_is_found(html):
    (html / "_static" / "a.css").write_text("@font-face { src: url('https://x.org/f.woff2') }")
    assert check_pages(html) == ["a.html: a.css loads https://x.org/f.woff2, a file of the book is accepted"]


def test_no_pages_is_a_finding(tmp_path):
    assert len(check_pages(tmp_path)) == 1


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "a.md"
    notebooks.write_text("old", path)
    monkeypatch.setattr(notebooks.os, "replace", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        notebooks.write_text("new", path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.md"]


def test_paths_are_shown_relative_to_the_book(tmp_path):
    assert notebooks.where(ROOT / "chapters" / "03_heat.ipynb") == str(Path("chapters") / "03_heat.ipynb")
    assert notebooks.where(tmp_path) == str(tmp_path)
