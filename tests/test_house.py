"""The house: floors, rooms, words, docstrings, tests that can fail, and what the repository may hold."""

import ast
import re
import subprocess
import sys

import pytest

from tools import ROOT, chapters, notebooks
from tools.lint.cells import imported
from tools.notebooks import code_lines
from tools.stage import pages

PACKAGE = ROOT / "vdtext"

# The floors.  A module of the ground may import the modules named beside it; `errors` and those with _ are open to all.
GROUND = {
    "errors": set(),
    "_jit": set(),
    "_progress": set(),
    "video": set(),
    "metrics": set(),
    "gauss": set(),
    "models": set(),
    "integer": set(),
    "clips": {"video"},
    "figures": {"video"},
    "scoreboard": {"video", "metrics", "clips", "figures"},
}
# A chapter's module may import the ground, modules of earlier chapters, and others of its own chapter; `fast.NAME`, its
# fast twin, is a part of it.
CHAPTERS = {
    **{"meanings": 1, "heat": 3, "edges": 4, "entropy": 6, "wavelets": 7, "inpaint": 8, "motion": 9, "codec": 10},
    **{"shots": 11, "features": 11, "segments": 11, "gan": 12, "overfit": 13, "learned": 13},
}
# The roof may import everything below, and what is named beside it.
ROOF = {"sweep": {""}, "cli": {"", "sweep"}, "__main__": {"cli"}, "footage": set(), "train": {"footage"}}

FILES = (
    *("README.md", "LICENSE", "CITATION.cff", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile", ".ci/run"),
    *("pyproject.toml", "requirements.txt", "requirements.lock", "_config.yml", "_toc.yml", "index.md"),
    *("references.bib", "appendix/errata.yml", "appendix/notation.md", "data/README.md"),
)
LOCAL = re.compile(rf"(?<![\w.:/~-])/(?:home|root|Users|work)/[\w.]|{re.escape(str(ROOT))}\b")


def modules(folder=PACKAGE):
    """The library's files by dotted name: {"heat": …, "video": …, "video.reader": …}; the package itself is ""."""
    names = {path: path.relative_to(folder).with_suffix("").parts for path in sorted(folder.rglob("*.py"))}
    return {".".join(parts[:-1] if parts[-1] == "__init__" else parts): path for path, parts in names.items()}


def imports(source, name, known, *, package):
    """The modules of the library that a module imports, anywhere in it: at the top or inside a function."""
    here, found = name.split(".") if name else [], set()
    base = here if package else here[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = ["vdtext", *base][: len(base) + 2 - node.level] if node.level else []
            origin = ".".join([*above, *filter(None, [node.module])])
            found |= {m if (m := f"{origin}.{alias.name}")[7:] in known else origin for alias in node.names}
    return {found_name.partition(".")[2] for found_name in found if found_name.split(".")[0] == "vdtext"}


def room(name):
    """The module of the map that a file belongs to: video.reader is a room of video, fast.heat a part of heat."""
    parts = name.split(".")
    return parts[1] if parts[0] == "fast" and len(parts) > 1 else parts[0]


def may_import(name):
    """What the map allows a module to import."""
    always = {name, "errors", *(other for other in GROUND if other.startswith("_"))}
    if name in GROUND:
        return GROUND[name] | always
    earlier = {chapter for chapter, number in CHAPTERS.items() if number <= CHAPTERS.get(name, 99)}
    return set(GROUND) | earlier | always | ROOF.get(name, set())


def circle(graph):
    """A circle of a directed graph {node: successors}, or None."""
    done = set()

    def visit(node, path):
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return None
        done.add(node)
        return next(filter(None, (visit(other, [*path, node]) for other in sorted(graph.get(node, ())))), None)

    return next(filter(None, (visit(node, []) for node in sorted(graph))), None)


def arrows():
    """Who imports whom: {module: modules}, file by file."""
    known = modules()
    return {
        name: imports(path.read_text(encoding="utf-8"), name, known, package=path.name == "__init__.py")
        for name, path in known.items()
    }


def test_every_module_is_in_the_map_and_the_map_is_no_longer_than_the_house():
    assert {room(name) for name in modules()} - {"", "fast"} == {*GROUND, *CHAPTERS, *ROOF}


@pytest.mark.parametrize("name", sorted(modules()))
def test_a_module_imports_only_what_its_floor_allows(name):
    allowed = may_import(room(name)) if room(name) not in ("", "fast") else {"errors"}
    assert {room(other) for other in arrows()[name]} - allowed == set()


def test_imports_make_no_circle():
    def one_room(name):  # a module of one file and its fast twin count as one
        return room(name) if name.startswith("fast.") and (PACKAGE / f"{room(name)}.py").is_file() else name

    graph = {}
    for name, others in arrows().items():
        graph.setdefault(one_room(name), set()).update({one_room(other) for other in others} - {one_room(name)})
    assert circle(graph) is None


def test_lazy_and_relative_imports_and_circles_are_seen():
    known = {"heat", "video", "video.reader", "video.writer"}
    source = "def f():\n    from vdtext import heat, clips\n    from . import reader\n    from .writer import write\n"
    source += "    import vdtext.fast.heat"
    found = imports(source, "video", known, package=True)
    assert found == {"heat", "", "video.reader", "video.writer", "fast.heat"}
    assert imports("from .reader import read", "video.writer", known, package=False) == {"video.reader"}
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle({"a": {"b", "c"}, "b": {"c"}}) is None
    assert not {"heat", "clips"} & may_import("video")


def test_importing_the_package_is_light():
    code = "import sys, vdtext; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "vdtext" in loaded.split()
    assert {"torch", "av", "numba", "cv2", "matplotlib", "scipy"} & set(loaded.split()) == set()


@pytest.mark.parametrize("path", modules().values(), ids=modules())
def test_a_module_has_at_most_250_lines_of_code(path):
    assert code_lines(path.read_text(encoding="utf-8")) <= 250


@pytest.mark.parametrize("path", sorted((ROOT / "tools").rglob("*.py")), ids=lambda path: path.stem)
def test_a_tool_has_less_than_150_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < 150


# --- one idea, three rooms, one word ----------------------------------------------------------------------------------


WORDS = {name.strip("_") for name in (*GROUND, *CHAPTERS, *ROOF)}


@pytest.mark.parametrize("word", sorted(WORDS))
def test_a_module_has_its_test_and_so_has_its_fast_twin(word):
    path = ROOT / "tests" / f"test_{word}.py"
    assert path.is_file()
    source = path.read_text(encoding="utf-8")
    assert f"fast.{word}" not in modules() or re.search(rf"vdtext\.fast(\.{word}| import {word})\b", source)


def test_a_test_has_its_module_or_tool_or_page_of_the_appendix():
    others = {path.stem for folder in ("tools", "appendix") for path in (ROOT / folder).glob("*.*")}
    tests = {path.stem.removeprefix("test_") for path in (ROOT / "tests").glob("test_*.py")}
    assert tests - WORDS - others - {"chapters", "house", "tools"} == set()


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_a_chapter_has_its_module(path):
    number, word = path.stem.split("_", 1)
    assert CHAPTERS.get(word, int(number)) == int(number)
    assert word in {*GROUND, *CHAPTERS}
    assert notebooks.info(notebooks.read(path)).get("module") == word


def test_the_table_of_contents_lists_the_pages_that_exist():
    listed = pages(ROOT)
    assert [name for name in listed if name.startswith("chapters/")] == [f"chapters/{path.stem}" for path in chapters()]
    assert [name for name in listed if not any((ROOT / name).with_suffix(s).is_file() for s in (".md", ".ipynb"))] == []


# --- docstrings -------------------------------------------------------------------------------------------------------


def scope(node):
    """The nodes of a function's body, without those of functions inside it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from scope(child)


def lacks(node):
    """What the docstring of a public function does not have and should."""
    text = ast.get_docstring(node) or ""
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    kinds = {type(n) for n in scope(node) if not isinstance(n, ast.Return) or n.value}
    raises = any(isinstance(n, ast.Raise) and n.exc for n in scope(node))
    yields = bool({ast.Yield, ast.YieldFrom} & kinds)
    wanted = {
        "Parameters": bool(arguments),
        "Returns": ast.Return in kinds and not yields,
        "Yields": yields,
        "Raises": raises,
        "References": ".. math::" in text,
        "Examples": True,
    }
    missing = [name for name, needed in wanted.items() if needed and not re.search(rf"^{name}\n-+$", text, re.M)]
    first, _, rest = text.partition("\n")
    missing += ["a first line that is a sentence"] if not first.endswith(".") or rest[:1] not in ("", "\n") else []
    return missing + (["an example"] if ">>> " not in text else [])


def exported(path):
    """The names in the `__all__` of a file, or None."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body if path.is_file() else ():
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return ast.literal_eval(node.value)
    return None


def public():
    """The functions and classes that a module exports (a room: its package); without `__all__`, all but _these."""
    for name, path in modules().items():
        listed = exported(path.parent / "__init__.py") if path.parent != PACKAGE else None
        listed = listed or exported(path)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            named = isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name
            if named and (named in listed if listed else not named.startswith("_")):
                yield pytest.param(node, id=f"{name}.{named}")


@pytest.mark.parametrize("node", list(public()))
def test_what_is_public_is_documented(node):
    if isinstance(node, ast.FunctionDef):
        assert lacks(node) == []
    else:
        methods = [n for n in node.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]
        assert [n.name for n in [node, *methods] if not ast.get_docstring(n)] == []


def test_a_poor_docstring_is_seen():
    source = 'def f(x):\n    """Do.\n\n    .. math:: x\n    """\n    if x:\n        raise ValueError(x)\n    return x'
    missing = ["Parameters", "Returns", "Raises", "References", "Examples", "an example"]
    assert lacks(ast.parse(source).body[0]) == missing
    assert lacks(ast.parse("def f():\n    yield 1").body[0])[0] == "Yields"


# --- tests ------------------------------------------------------------------------------------------------------------


def compares(node, helpers):
    """Whether a function asserts something: itself, by a numpy or pytest assertion, or by a helper that does."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assert) and not isinstance(inner.test, ast.Constant):
            return True
        if isinstance(inner, ast.Call):
            called = ast.unparse(inner.func).split(".")[-1]
            if called.startswith("assert_") or called in {"raises", "warns", *helpers}:
                return True
    return False


def idle(source):
    """The tests of a file that can only fail by accident."""
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)]
    helpers, size = set(), -1
    while size != len(helpers):
        size = len(helpers)
        helpers |= {f.name for f in functions if not f.name.startswith("test_") and compares(f, helpers)}
    return [f.name for f in functions if f.name.startswith("test_") and not compares(f, helpers)]


@pytest.mark.parametrize("path", sorted((ROOT / "tests").glob("test_*.py")), ids=lambda path: path.stem)
def test_every_test_can_fail_and_none_is_timed(path):
    source = path.read_text(encoding="utf-8")
    assert idle(source) == []
    assert {"time", "timeit"} & set(imported(ast.parse(source))) == set()


def test_an_idle_test_is_seen():
    source = "def test_a():\n    f()\ndef test_b():\n    assert True\n"
    source += "def helper():\n    assert x\ndef test_c():\n    helper()"
    assert idle(source) == ["test_a", "test_b"]


# --- files ------------------------------------------------------------------------------------------------------------


def tracked():
    """The files that git tracks or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_the_house_has_its_papers():
    assert [name for name in FILES if not (ROOT / name).is_file()] == []


def test_no_file_is_large():
    assert [path.name for path in tracked() if path.stat().st_size > 1_500_000] == []


def test_no_file_names_a_path_of_one_machine():
    found = {}
    for path in tracked():
        try:
            found[path.name] = LOCAL.search(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            continue  # a picture, a film, weights
    assert {name: match[0] for name, match in found.items() if match} == {}
    assert LOCAL.search("in /" + "home/a")
    assert LOCAL.search(f"in {ROOT}")
    assert not LOCAL.search("https://a.org/" + "home/a")


def test_a_build_writes_only_what_git_ignores():
    folders = [
        "_build/html/index.html",
        ".edit/03_heat.ipynb",
        "chapters/03_heat.md",
        ".peers/a",
        ".footage/a",
        ".train/a",
        ".venv/a",
    ]
    done = subprocess.run(["git", "check-ignore", *folders], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split() == folders
