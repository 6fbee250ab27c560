"""Shipped weights: stored, listed, checked, loaded."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vdtext import models

ARRAYS = {
    "weight": np.arange(6, dtype=np.float32).reshape(2, 3),
    "table": np.array([[1, 2], [3, 4]], np.int16).T,  # not contiguous
    "bias": np.float64(0.25),
    "empty": np.zeros((0, 3), np.uint8),
    "missing": np.array([np.nan, np.inf], np.float16),
}


def store(directory, id="toy", arrays=ARRAYS):
    return models.register(id, arrays, made_by="make toy", licence="CC0; synthetic", directory=directory)


def test_what_is_stored_is_loaded(tmp_path):
    entry = store(tmp_path)
    found = models.load("toy", directory=tmp_path)
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
    assert models.index(tmp_path) == {"toy": entry}
    assert entry.bytes == (tmp_path / "toy.safetensors").stat().st_size
    assert {path.name for path in tmp_path.iterdir()} == {"models.json", "toy.safetensors"}


@settings(deadline=None, max_examples=20)
@given(
    hnp.arrays(
        st.sampled_from([np.float32, np.int64, np.bool_, np.uint8]),
        hnp.array_shapes(min_dims=0, max_dims=3, max_side=4),
    )
)
def test_any_array_survives(tmp_path_factory, array):
    directory = tmp_path_factory.mktemp("weights")
    store(directory, arrays={"a": array})
    np.testing.assert_array_equal(models.load("toy", directory=directory)["a"], array)


def test_storing_again_replaces_and_the_same_arrays_give_the_same_bytes(tmp_path):
    first = store(tmp_path)
    assert store(tmp_path) == first
    second = store(tmp_path, arrays={"weight": np.zeros(3)})
    store(tmp_path, id="another")
    assert second != first
    assert list(models.index(tmp_path)) == ["another", "toy"]
    np.testing.assert_array_equal(models.load("toy", directory=tmp_path)["weight"], np.zeros(3))


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "bytes, expected"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\x01"), "other content"),
        (lambda path: path.unlink(), "0 bytes"),
    ],
)
def test_a_damaged_file_is_never_loaded(tmp_path, damage, found):
    store(tmp_path)
    damage(tmp_path / "toy.safetensors")
    with pytest.raises(ValueError, match=f"'toy' are damaged: .*{found}.*run `make toy`") as caught:
        models.load("toy", directory=tmp_path)
    assert "\n" not in str(caught.value)


def test_a_size_in_the_index_is_never_wrong(tmp_path):
    entry = store(tmp_path)
    listing = {"toy": {**json.loads((tmp_path / "models.json").read_text())["toy"], "bytes": entry.bytes - 1}}
    (tmp_path / "models.json").write_text(json.dumps(listing))
    with pytest.raises(ValueError, match=f"{entry.bytes} bytes, expected {entry.bytes - 1}"):
        models.load("toy", directory=tmp_path)


def test_an_unknown_id_lists_the_known_ones(tmp_path):
    (tmp_path / "models.json").write_text("{}\n")
    with pytest.raises(ValueError, match=r"no weights 'blur'; known: none are shipped yet \(chapter 13\)"):
        models.load("blur", directory=tmp_path)
    store(tmp_path, id="b")
    store(tmp_path, id="a")
    with pytest.raises(ValueError, match="no weights 'blur'; known: a, b"):
        models.load("blur", directory=tmp_path)


@pytest.mark.parametrize("text", [None, "", "[]", '{"toy": 3}', '{"toy": {"file": "x"}}'])
def test_an_unreadable_index_is_one_line(tmp_path, text):
    if text is not None:
        (tmp_path / "models.json").write_text(text)
    with pytest.raises(ValueError, match=r"models\.json: not a readable index") as caught:
        models.load("toy", directory=tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("id", ["", "../toy", "Toy", "a/b", ".toy", "a b"])
def test_an_id_is_a_plain_name(tmp_path, id):
    with pytest.raises(ValueError, match="accepted are small letters"):
        store(tmp_path, id=id)
    assert not list(tmp_path.iterdir())


def test_no_arrays_are_no_weights(tmp_path):
    with pytest.raises(ValueError, match="no arrays"):
        store(tmp_path, arrays={})


def test_a_bad_write_leaves_the_old_file(tmp_path, monkeypatch):
    before = store(tmp_path)
    monkeypatch.setattr(models.safetensors, "save", lambda arrays: b"\x08\0\0\0\0\0\0\0{}      ")
    with pytest.raises(ValueError, match="does not read back equal"):
        store(tmp_path, arrays={"weight": np.ones(3)})
    monkeypatch.undo()
    assert models.index(tmp_path) == {"toy": before}
    assert models.load("toy", directory=tmp_path).keys() == ARRAYS.keys()
    assert {path.name for path in tmp_path.iterdir()} == {"models.json", "toy.safetensors"}


def test_every_shipped_weight_loads():
    for id, entry in models.index().items():
        assert models.load(id)
        assert entry.made_by
        assert entry.licence


def test_the_shipped_index_is_as_register_writes_it():
    text = (models.DATA / "models.json").read_text()
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"
