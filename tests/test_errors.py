"""The library's own exception."""

import pickle

import pytest

import vdtext
from vdtext.errors import BitstreamError


def test_a_bitstream_error_is_a_value_error_of_the_package():
    assert vdtext.BitstreamError is BitstreamError
    assert BitstreamError.__mro__[1] is ValueError
    with pytest.raises(ValueError, match=r"^truncated header$"):
        raise BitstreamError("truncated header")


def test_it_crosses_process_borders():
    error = pickle.loads(pickle.dumps(BitstreamError("truncated header")))
    assert type(error) is BitstreamError
    assert str(error) == "truncated header"
