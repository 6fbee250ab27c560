"""The build: what executes a chapter again, what a failing cell says, what the pages hold and link."""

import json
import re
import shutil
from itertools import pairwise

import nbformat
import nbval._cover5
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from tools import ROOT, chapters, find_chapter, install, lock
from tools.build import build, report
from tools.depends import closure, imports, key
from tools.execute import execute
from tools.executions import ChapterError, cores, record, stored
from tools.extension import renumber
from tools.generate import bench
from tools.home import CARD, cards, cover, draw_cover, fade, key_figure, picture
from tools.html import SphinxError, configuration
from tools.page import chapter_page, split_figures

ONE_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
SHOW = f"""from IPython.display import display
def show(name):
    told = {{"name": name, "caption": "A step of $x^2$.", "alt": "one grey pixel"}}
    display({{"text/plain": "[figure]", "image/png": "{ONE_PIXEL}"}}, raw=True, metadata={{"vdtext": told}})"""


def passport(**entries):
    given = {"objectives": ["name $u$"], "prerequisites": ["sums"], "module": "one", "read_minutes": 5, "data": []}
    return given | {"lesson_minutes": 45} | entries


def write_chapter(path, cells, **entries):
    notebook = new_notebook(cells=cells, metadata={"vdtext": passport(**entries)})
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def edit(path, change):
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    nbformat.write(notebook, path)


def make_book(root):
    """A book of two chapters and three pages, with a library of its own for the keys."""
    (root / "appendix").mkdir(parents=True)
    shutil.copyfile(ROOT / "_config.yml", root / "_config.yml")
    shutil.copytree(ROOT / "assets", root / "assets")
    library = {
        "__init__": "",
        "one": "from vdtext import errors\n",
        "errors": "",
        "late": "def f():\n    from . import deep\n",
        "deep/__init__": "from .room import x\n",
        "deep/room": "x = 1\n",
        "other": "",
    }
    for name, text in library.items():
        file = root / "vdtext" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    texts = {
        "_toc.yml": "{format: jb-book, root: index, parts: [{caption: Part, chapters: [{file: chapters/02_one},"
        " {file: chapters/05_two}, {file: appendix/errata}, {file: appendix/reproducibility}]}]}",
        "requirements.lock": "numpy==2\n",
        "references.bib": "",
        "data/used.txt": "1",
        "data/unused.txt": "1",
        "index.md": "# The book\n\n% generated: cards\n",
        "appendix/errata.md": "# Errata\n\n% generated: errata\n",
        "appendix/reproducibility.md": "# Card\n\n% generated: reproducibility\n",
        "appendix/errata.yml": "- {id: S3-C1, claim: 'It sharpens | always.', verdict: wrong, correction: It blurs.,"
        " source: an article, chapter: one, anchor: errata-s3-c1}",
    }
    for name, text in texts.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    cells = [
        new_markdown_cell("# 2 · One\n\nSee {numref}`fig-a`, {eq}`eq-a`.\n\n$$u = 1$$ (eq-a)", id="title"),
        new_code_cell("import os\nfrom vdtext import errors", id="setup", metadata={"tags": ["setup"]}),
        new_code_cell(SHOW, id="helper"),
        new_code_cell('print("first")\nshow("fig-a")\nshow("fig-b")\nprint("last")', id="figures"),
        new_markdown_cell("(errata-s3-c1)=\nThe claim; see {ref}`the erratum <errata-row-s3-c1>`.", id="folklore"),
        new_code_cell('print("threads", os.environ["OMP_NUM_THREADS"])', id="claim"),
        new_code_cell(
            "def f(x):\n    ### BEGIN SOLUTION\n    return x + 1\n    ### END SOLUTION",
            id="solution",
            metadata={"tags": ["solution"]},
        ),
        new_code_cell("assert f(1) == 2", id="check", metadata={"tags": ["check"]}),
    ]
    write_chapter(root / "chapters/02_one.ipynb", cells)
    cells = [new_markdown_cell("# 5 · Two", id="title"), new_code_cell("block = bytearray(300_000_000)", id="big")]
    write_chapter(root / "chapters/05_two.ipynb", cells, module="deep")
    return root


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The tiny book, built once; no test changes it."""
    root = make_book(tmp_path_factory.mktemp("book"))
    assert sorted(build(root)) == ["02_one", "05_two"]
    return root


@pytest.fixture
def copy(book, tmp_path):
    """A copy of the built book that a test may change."""
    return shutil.copytree(book, tmp_path / "book")


def html(root, page="chapters/02_one"):
    return (root / "_build" / "html" / f"{page}.html").read_text()


# ---- what a chapter depends on


@pytest.fixture
def library(tmp_path):
    root = make_book(tmp_path / "book")
    cells = [
        new_markdown_cell("# 7 · Keys", id="title"),
        new_code_cell("%matplotlib inline\nimport vdtext.one", id="a", metadata={"tags": ["setup"]}),
        new_code_cell("def g():\n    from vdtext.late import f\n    return f", id="b"),
    ]
    return root, write_chapter(root / "chapters/07_keys.ipynb", cells, data=["data/used.txt"])


NEEDED = ("__init__", "one", "errors", "late", "deep/__init__", "deep/room")
NEEDED_FILES = [*(f"vdtext/{name}.py" for name in NEEDED), "data/used.txt", "requirements.lock"]


@pytest.mark.parametrize("file", NEEDED_FILES)
def test_a_changed_dependency_changes_the_key(library, file):
    root, path = library
    before = key(path, root)
    (root / file).write_text((root / file).read_text() + "# changed\n")
    assert key(path, root) != before


@pytest.mark.parametrize("file", ["vdtext/other.py", "data/unused.txt", "chapters/02_one.ipynb", "_config.yml"])
def test_nothing_else_changes_the_key(library, file):
    root, path = library
    before = key(path, root)
    (root / file).write_text((root / file).read_text() + "\n")
    assert key(path, root) == before


def test_code_changes_the_key_and_prose_does_not(library):
    root, path = library
    keys = [key(path, root)]
    edit(path, lambda nb: nb.cells[0].update(source="# 7 · Other words"))
    edit(path, lambda nb: nb.cells[1].metadata.update(tags=["setup", "hide-input"]))
    edit(path, lambda nb: nb.cells[1].update(outputs=[new_output("stream", text="1")], execution_count=4))
    edit(path, lambda nb: nb.metadata.vdtext.update(read_minutes=6))
    assert key(path, root) == keys[0]
    for change in (
        lambda nb: nb.cells[1].update(source="%matplotlib inline\nimport vdtext.one  # a remark"),
        lambda nb: nb.cells[2].metadata.update(tags=["raises-exception"]),
        lambda nb: nb.cells.pop(2),
    ):
        edit(path, change)
        keys.append(key(path, root))
    assert all(one != two for one, two in pairwise(keys))


def test_the_closure_holds_exactly_the_imported_modules(library):
    root, _ = library
    found = {str(file.relative_to(root / "vdtext").with_suffix("")) for file in closure({"vdtext.late"}, root)}
    assert found == {"__init__", "late", "deep/__init__", "deep/room"}
    assert imports("import numpy.fft\nfrom vdtext.deep import room as r") == {"vdtext.deep", "vdtext.deep.room"}
    assert imports("from ..errors import x", "vdtext.deep") == {"vdtext.errors", "vdtext.errors.x"}


def test_a_listed_file_that_is_missing_is_named(library):
    root, path = library
    (root / "data/used.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"07_keys\.ipynb lists data/used\.txt"):
        key(path, root)


# ---- executing


def test_a_chapter_runs_on_one_thread_and_is_measured(book):
    notebook = nbformat.read(stored(book / "chapters/02_one.ipynb", book), as_version=4)
    assert next(cell for cell in notebook.cells if cell.id == "claim").outputs[0].text == "threads 1\n"
    small, big = (record(book / f"chapters/{name}.ipynb", book) for name in ("02_one", "05_two"))
    assert 250 < big["peak_mb"] - small["peak_mb"] < 350  # the block of 300 MB: no other process counts
    assert 0 < small["seconds"] < 60
    assert f"with {cores()} cores" in small["machine"]


def test_a_failing_cell_is_reported_after_all_chapters_were_tried(copy):
    for name, cell in (("02_one", "claim"), ("05_two", "big")):
        path = copy / f"chapters/{name}.ipynb"
        edit(path, lambda nb, cell=cell: next(c for c in nb.cells if c.id == cell).update(source="x = 1\nx / 0"))
    with pytest.raises(ChapterError) as caught:
        build(copy)
    message = str(caught.value)
    for line in ("02_one: code cell 4 (id claim) failed", "05_two: code cell 1 (id big) failed", "    x / 0"):
        assert line in message
    assert message.count("ZeroDivisionError: division by zero") >= 2
    assert "\x1b" not in message
    assert record(copy / "chapters/02_one.ipynb", copy) is None


ENDLESS = ("while True: pass", 1, "CELL_TIMEOUT")
DEADLY = ("import os; os._exit(1)", 60, "Kernel died")


@pytest.mark.parametrize(("source", "timeout", "reason"), [ENDLESS, DEADLY])
def test_a_cell_that_hangs_or_kills_its_kernel_is_named(tmp_path, source, timeout, reason):
    path = write_chapter(tmp_path / "chapters/02_one.ipynb", [new_code_cell(source, id="bad")])
    done = execute(path, timeout=timeout)
    assert "02_one: code cell 1 (id bad) failed" in done.error
    assert reason in done.error


def test_a_second_build_does_nothing(book):
    pages = [book / "_build/html/index.html", book / "_build/html/chapters/02_one.html"]
    before = [page.stat().st_mtime_ns for page in pages]
    assert build(book) == []
    assert [page.stat().st_mtime_ns for page in pages] == before
    assert "kept" in report(book, [])
    assert "_build/html/index.html" in report(book, [])


def test_a_changed_sentence_is_shown_without_executing(copy):
    edit(copy / "chapters/02_one.ipynb", lambda nb: nb.cells[4].update(source=nb.cells[4].source + " New words."))
    assert build(copy) == []
    assert "New words." in html(copy)
    assert "threads 1" in html(copy)


def test_one_chapter_is_built_without_executing_others(copy):
    for name in ("02_one", "05_two"):
        edit(copy / f"chapters/{name}.ipynb", lambda nb: nb.cells.append(new_code_cell("1 + 1", id="new")))
    assert build(copy, only="2") == ["02_one"]
    assert "not executed" in report(copy, ["02_one"])
    assert "not run yet" in html(copy, "chapters/05_two")


def test_chapters_and_toc_agree(copy):
    (copy / "chapters/05_two.ipynb").rename(copy / "chapters/06_two.ipynb")
    with pytest.raises(ValueError, match=r"chapters/05_two, chapters/06_two"):
        build(copy)


# ---- the pages


def test_a_figure_brings_caption_alt_and_number(book):
    page = html(book)
    for name, number in (("fig-a", "2.1"), ("fig-b", "2.2")):
        figure = re.search(rf'<figure[^>]* id="{name}">.*?</figure>', page, re.S)[0]
        assert 'alt="one grey pixel"' in figure
        assert f"Fig. {number} " in figure
        assert re.search(r'A step of <span class="math[^>]*>\\\(x\^2\\\)</span>\.', figure)
    assert page.index("first") < page.index('id="fig-a"') < page.index('id="fig-b"') < page.rindex("last")
    assert "# continued" not in page
    assert "(2.1)" in page


def test_figures_beside_other_displays_get_cells_of_their_own():
    figure = {"vdtext": {"name": "fig-x", "caption": "A caption.", "alt": "seen"}}
    outputs = [
        new_output("display_data", {"text/plain": "plain"}),
        new_output("display_data", {"image/png": ONE_PIXEL}, metadata=figure),
        new_output("stream", text="beside"),
        new_output("execute_result", {"text/plain": "2"}),
    ]
    cell = new_code_cell("f()", id="x", outputs=outputs, metadata={"tags": ["hide-cell"]})
    first, second, third = split_figures(cell)
    assert [len(part.outputs) for part in (first, second, third)] == [1, 2, 1]
    assert second.metadata.mystnb == {
        "image": {"alt": "seen"},
        "figure": {"name": "fig-x", "caption": "A caption."},
    }
    assert "mystnb" not in first.metadata
    assert "mystnb" not in third.metadata
    assert second.metadata.tags == third.metadata.tags == ["hide-cell", "remove-input"]


def test_the_passport_is_a_card_below_the_title(book):
    page = html(book)
    card = re.search(r'</h1>\s*<dl class="vd-passport">.*?</dl>', page, re.S)[0]
    known = record(book / "chapters/02_one.ipynb", book)
    for text in ("name <span", "sums", "vdtext.one", "5 minutes", "45 minutes", f"{known['peak_mb']:.0f} MB"):
        assert text in card
    assert len(re.findall("<dt>", card)) == len(re.findall("<dd>", card)) == 6


def test_an_incomplete_passport_is_refused():
    notebook = new_notebook(cells=[new_markdown_cell("# A")], metadata={"vdtext": {"module": "one"}})
    with pytest.raises(ValueError, match="lacks objectives, prerequisites, read_minutes, lesson_minutes"):
        chapter_page(notebook, None)


def test_solutions_are_folded_and_checks_are_marked(book):
    page = html(book)
    folded = re.search(r"<details[^>]*>.*?</details>", page, re.S)[0]
    assert ">Solution<" in folded
    assert "return" in folded
    assert "SOLUTION" not in page
    assert "tag_check" in page


def test_errata_link_both_ways(book):
    assert 'href="../appendix/errata.html#errata-row-s3-c1"' in html(book)
    errata = html(book, "appendix/errata")
    assert 'id="errata-row-s3-c1"' in errata
    assert re.search(r'href="\.\./chapters/02_one\.html#errata-s3-c1"[^>]*>.*?chapter 2', errata)
    assert 'id="errata-s3-c1"' in html(book)
    assert "It sharpens | always." in errata
    assert "1 (1 wrong)" in errata


def test_measured_numbers_are_on_the_card_of_the_book(book):
    for path in chapters(book):
        known = record(path, book)
        assert f"{known['seconds']:.1f}" in html(book, "appendix/reproducibility")
        assert f"{known['peak_mb']:.0f}" in html(book, "appendix/reproducibility")
    assert 'href="chapters/05_two.html"' in html(book, "index")


# ---- the home page


def test_a_card_shows_the_key_figure_and_links_to_the_chapter(book):
    page = html(book, "index")
    one, two = re.findall(r'<div class="sd-card .*?</a></div>', page, re.S)
    assert re.search(r'<img [^>]*alt="one grey pixel"[^>]*src="_images/02_one-\w+\.webp"', one)
    for text in ('href="chapters/02_one.html"', "2 · One", "you can name <span", "5 minutes", "vdtext.one"):
        assert text in one
    assert "<img" not in two  # no figure in it
    assert 'href="chapters/05_two.html"' in two
    with Image.open(next((book / "_build/html/_images").glob("02_one-*.webp"))) as image:
        assert image.size == CARD


def test_a_chapter_that_was_not_executed_has_a_card_without_a_figure(book):
    text = cards(book, {})
    assert "2 · One" in text
    assert "img" not in text


def test_the_key_figure_is_the_first_that_is_a_picture():
    told = {"vdtext": {"name": "fig-x", "caption": "A caption.", "alt": "seen"}}
    outputs = [
        new_output("stream", text="1"),
        new_output("display_data", {"image/png": "unnamed"}),
        new_output("display_data", {"text/html": "<svg/>"}, metadata=told),
    ]
    notebook = new_notebook(cells=[new_markdown_cell("# A"), new_code_cell("f()", outputs=outputs)])
    assert key_figure(notebook) is None
    outputs.append(new_output("display_data", {"image/png": "named"}, metadata=told))
    notebook.cells.append(new_code_cell("g()", outputs=outputs))
    assert key_figure(notebook) == ("named", "seen")


def test_a_picture_is_drawn_once_for_what_it_depends_on(tmp_path):
    drawn = []

    def make():
        drawn.append(1)
        return Image.new("RGB", (2, 2))

    first = picture(tmp_path, "a", b"1", make)
    assert picture(tmp_path, "a", b"1", make) == first
    other = picture(tmp_path, "a", b"2", make)
    assert len(drawn) == 2
    assert first != other
    assert [f"/assets/pictures/{file.name}" for file in (tmp_path / "_build/pictures").iterdir()] == [other]


def test_a_fade_goes_from_the_first_picture_to_the_last():
    flat = [np.full((2, 11, 3), value) for value in (0.0, 1.0, 4.0)]
    faded = fade(flat, 0.2, 0.8)
    assert faded.shape == (2, 11, 3)
    np.testing.assert_allclose(faded[1, :, 2], np.interp(np.arange(11) / 10, [0.2, 0.5, 0.8], [0, 1, 4]))


def test_the_cover_forgets_predicts_and_pays(tmp_path):
    image = np.asarray(draw_cover(), float)
    assert np.array_equal(image, np.asarray(draw_cover(), float))
    width = image.shape[1]
    detail = abs(np.diff(image, axis=1))[:, :-1]
    part = width // 3
    right = slice(part - part // 20, part - 2)  # the right end of each third shows the same grass
    forgot, restored, missing = (detail[:, right.start + k * part : right.stop + k * part].mean() for k in range(3))
    assert forgot < 0.6 * restored
    assert missing > restored
    assert np.ptp(image[:, -part // 2 :], axis=2).max() <= 1  # the difference is grey
    (tmp_path / "requirements.lock").write_text("")
    assert re.match(r":::\{image\} /assets/pictures/cover-\w{12}\.webp\n:alt: \"One picture", cover(tmp_path, {}))
    assert 20_000 < next((tmp_path / "_build/pictures").iterdir()).stat().st_size < 200_000


def test_benchmarks_become_tables(tmp_path):
    assert "Nothing has been measured" in bench(tmp_path, {})
    three = {"median": 0.25, "low": 0.2, "high": 0.3}
    row = {
        "name": "fast",
        "ours": True,
        "what": "it",
        "measured": True,
        "ms": three,
        "ratio": three,
        "difference": 1e-7,
    }
    rows = [row, {"name": "peer", "ours": False, "what": "other", "measured": False}]
    case = {"title": "A step", "rounds": 11, "aim": {"against": "peer", "ratio": 0.8, "met": None}, "rows": rows}
    machine = {"cpu": "chip", "cores": 2, "threads": 1, "system": "Linux", "python": "3.11", "clock": "CPU time"}
    (tmp_path / "data").mkdir()
    entry = {"machine": machine, "versions": {"numpy": "2"}, "cases": [case]}
    (tmp_path / "data/bench.json").write_text(json.dumps({"heat": entry}))
    text = bench(tmp_path, {})
    for part in (
        "Measured on chip, 1 of 2 cores",
        "## A step",
        "- 0.25\n  - 0.20\u2060–\u20600.30\n",
        "* - peer",
        "not measured. Median",
    ):
        assert part in text


def test_figure_numbers_are_those_of_the_chapter():
    numbers = {"chapters/03_heat": {"figure": {"b": (9,), "a": (8,)}}, "appendix/x": {"figure": {"c": (10,)}}}
    counted = {"chapters/03_heat": {"figure": {"a": (3, 1), "b": (3, 2)}}, "appendix/x": {"figure": {"c": (10,)}}}
    assert renumber(numbers) == counted


# ---- the HTML as a whole


def test_no_page_loads_anything_from_the_network(book):
    pages = list((book / "_build/html").rglob("*.html"))
    assert len(pages) >= 6
    for page in pages:
        text = page.read_text()
        assert not re.search(r"<(script|img|iframe|source|video)[^>]*\ssrc=[\"']?(https?:)?//", text), page
        assert not re.search(r"<link[^>]*\shref=[\"']?(https?:)?//", text), page
        assert "unpkg.com" not in text
    assert "_static/mathjax.js" in html(book)
    assert (book / "_build/html/_static/mathjax.js").stat().st_size > 1e6


def test_buttons_come_from_the_address_of_the_repository(copy):
    providers = ("mybinder.org", "colab.research.google.com", "/issues/new", "/edit/main/", "hub.example.org")
    config = copy / "_config.yml"
    config.write_text(config.read_text().replace('jupyterhub_url: ""', "jupyterhub_url: https://hub.example.org"))
    assert not any(name in html(copy) for name in providers)
    build(copy, url="https://github.com/someone/book")
    page = html(copy)
    assert all(name in page for name in providers)
    binder = "https://mybinder.org/v2/gh/someone/book/main?urlpath=lab/tree/chapters/02_one.ipynb"
    assert binder in page
    assert 'href="https://github.com/someone/book/blob/main/vdtext/one.py"' in page
    assert 'href="https://github.com/someone/book/blob/main/vdtext/deep"' in html(copy, "chapters/05_two")
    assert "hub.example.org" not in str(configuration(copy))


def test_the_download_is_the_executed_chapter(book):
    path = book / "_build/html/_sources/chapters/02_one.ipynb"
    assert 'href="../_sources/chapters/02_one.ipynb"' in html(book)
    cells = nbformat.read(path, as_version=4).cells
    assert [cell.id for cell in cells if cell.id in ("title", "solution")] == ["title", "solution"]
    assert "vd-passport" not in cells[0].source
    assert ONE_PIXEL in str(cells)


def test_a_warning_fails_the_build_every_time(copy, capsys):
    (copy / "index.md").write_text("# The book\n\n{ref}`nowhere`\n")
    for _ in range(2):
        with pytest.raises(SphinxError):
            build(copy)
        assert "nowhere" in capsys.readouterr().err
    (copy / "index.md").write_text("# The book\n")
    assert build(copy) == []


# ---- coverage, chapters by name, requirements


def test_kernels_write_their_coverage_to_files_of_their_own():
    setup = nbval._cover5._python_setup  # conftest.py has changed it
    assert "data_suffix=True" in setup
    assert "load()" not in setup
    assert "__cov.start()" in setup


def test_a_chapter_has_several_names(book):
    paths = {find_chapter(name, book) for name in ("2", "02", "one", "02_one")}
    assert paths == {book / "chapters/02_one.ipynb"}
    for name in ("", "3", "on"):
        with pytest.raises(ValueError, match=r"the chapters are: 02_one, 05_two"):
            find_chapter(name, book)


def test_the_lock_holds_the_pins_and_neither_torch_nor_an_address():
    text = (ROOT / "requirements.lock").read_text()
    locked = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.M))
    pins = lock.direct((ROOT / "requirements.txt").read_text())
    assert len(pins) > 20
    for pin in pins:
        name, version = pin.split("==")
        assert locked[name.lower()] == version
    assert not [name for name in locked if re.match(r"torch|nvidia|cuda|triton", name)]
    assert {"filelock", "fsspec", "jinja2", "networkx", "sympy", "typing-extensions", "setuptools"} <= set(locked)
    assert "://" not in text
    assert text.count("--hash=sha256:") > len(locked)


def test_a_cuda_build_of_torch_is_recognised(monkeypatch):
    monkeypatch.setattr(install.sys, "platform", "linux")
    needs = ["filelock", 'nvidia-cudnn-cu13==9; platform_system == "Linux"']
    assert install.is_cuda({"version": "2.13.0", "requires_dist": needs})
    assert install.is_cuda({"version": "2.13.0+cu130"})
    assert not install.is_cuda({"version": "2.13.0+cpu", "requires_dist": ["filelock"]})
    monkeypatch.setattr(install.sys, "platform", "darwin")
    assert not install.is_cuda({"version": "2.13.0", "requires_dist": needs})


def test_torch_is_the_same_in_all_requirements():
    pins = [
        re.search(r"^torch==([\d.]+)", (ROOT / name).read_text(), re.M)[1]
        for name in ("requirements.txt", ".binder/requirements.txt")
    ]
    assert pins[0] == pins[1]
