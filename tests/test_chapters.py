"""Every chapter: it ran, its lifted cells are the library's, the lint finds nothing, its exercises can be solved."""

import pytest

from tools import ROOT, chapters, notebooks
from tools.check import check, check_tests
from tools.lint import outputs, trials
from tools.sync import drifted

each_chapter = pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)


def test_there_are_chapters():
    assert chapters()


@each_chapter
def test_every_cell_ran_and_only_text_is_kept(path):
    assert list(outputs.committed(notebooks.read(path), path)) == []


@each_chapter
def test_no_lifted_cell_has_drifted(path):
    lifted = [cell for cell in notebooks.read(path).cells if notebooks.lifted(cell)]
    assert lifted
    assert [cell.id for cell in lifted if drifted(cell.source, notebooks.lifted(cell))] == []


@each_chapter
def test_the_lint_finds_nothing(path):
    assert check(path, ROOT) == []


@each_chapter
def test_every_stub_fails_its_check_and_every_solution_passes(path):
    assert trials.run(notebooks.read(path), path) == []


def test_every_tied_equation_stands_in_a_chapter():
    assert check_tests(ROOT) == []
