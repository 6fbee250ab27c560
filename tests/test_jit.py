"""``njit``: compiled where Numba is, plain where it is not, and the same numbers either way."""

import builtins
import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from vdtext import _jit


def total(x):
    s = 0.0
    for i in range(x.size):
        s += x[i] / (i + 1)
    return s


def quotient(a, b):
    return a / b


X = np.arange(1.0, 8.0)


@pytest.fixture
def without_numba(monkeypatch):
    """A second copy of the module, imported where ``import numba`` fails."""
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.split(".")[0] == "numba":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    spec = importlib.util.spec_from_file_location("vdtext_jit_plain", _jit.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_without_numba_the_function_is_itself(without_numba):
    assert without_numba.njit(total) is total
    assert total.py_func is total
    assert without_numba.njit(fastmath=True)(quotient) is quotient
    assert without_numba.njit(total)(X) == total(X)


def test_compiled_equals_plain():
    pytest.importorskip("numba")
    compiled = _jit.njit(total)
    assert compiled is not total
    assert compiled.py_func is total
    assert compiled(X) == total(X) == 7.0
    assert compiled.signatures


def test_defaults_and_options():
    pytest.importorskip("numba")
    assert _jit.njit(cache=False)(quotient)(1.0, 0.0) == np.inf  # error_model="numpy", where Python raises
    with pytest.raises(ZeroDivisionError):
        _jit.njit(cache=False, error_model="python")(quotient)(1.0, 0.0)


def test_machine_code_is_cached_unless_told_otherwise():
    pytest.importorskip("numba")
    assert type(_jit.njit(total)._cache).__name__ == "FunctionCache"
    assert type(_jit.njit(cache=False)(total)._cache).__name__ == "NullCache"


def test_the_package_is_light():
    """``import vdtext`` in a fresh process loads nothing heavy."""
    code = "import sys, vdtext; print(sorted({'torch', 'av', 'numba', 'cv2', 'numpy'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_kernels_that_call_each_other_share_one_machine_code():
    pytest.importorskip("numba")

    @_jit.njit(cache=False)
    def inner(a, b):
        return a + b

    @_jit.njit(cache=False)
    def outer(x):
        return inner(x, 1) + inner(x, 2) + inner(np.int32(x), 3) + inner(x, b=4)

    assert outer(5) == 30
    assert len(inner.signatures) == 1
