"""Absolute differences of 16 or 8 bytes in one instruction or two, where Numba compiles; plain Python elsewhere.

LLVM knows the machine's instruction for a sum of absolute differences, and finds it in a sum over a *vector* of fixed
length.  In a loop over pixels it often does not; so the vector is written down here, once.
"""

import numpy as np

try:
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic, overload
except ImportError:  # no Numba: the plain functions below are all there is
    intrinsic = None

__all__ = ["sad8", "sad16"]


def _plain(a, y, x, b, v, u, count):
    """The sum, by NumPy."""
    return int(np.abs(a[y, x : x + count].astype(np.int32) - b[v, u : u + count]).sum())


def sad16(a, y, x, b, v, u):
    """Sum of absolute differences of 16 pixels: a[y, x…x+15] and b[v, u…u+15].

    Parameters
    ----------
    a, b : ndarray, shape (H, W), uint8, C-contiguous
        The 16 pixels must lie inside: nothing is checked.
    y, x, v, u : int
        Row and first column in either.

    Returns
    -------
    int
        0 to 4080.

    Examples
    --------
    >>> a = np.arange(32, dtype=np.uint8).reshape(2, 16)
    >>> sad16(a, 0, 0, a, 1, 0)
    256
    """
    return _plain(a, y, x, b, v, u, 16)


def sad8(a, y, x, b, v, u):
    """Sum of absolute differences of 8 pixels, as :func:`sad16`.

    Parameters
    ----------
    a, b : ndarray, shape (H, W), uint8, C-contiguous
        The 8 pixels must lie inside.
    y, x, v, u : int
        Row and first column in either.

    Returns
    -------
    int
        0 to 2040.

    Examples
    --------
    >>> a = np.arange(16, dtype=np.uint8).reshape(2, 8)
    >>> sad8(a, 0, 0, a, 1, 0)
    64
    """
    return _plain(a, y, x, b, v, u, 8)


def _vectorised(count):
    """The intrinsic for so many bytes."""

    @intrinsic
    def distance(context, a, y, x, b, v, u):
        place = types.int64
        signature = types.int64(a, place, place, b, place, place)

        def load(target, builder, kind, array, row, column):
            view = target.make_array(kind)(target, builder, array)
            stride = cgutils.unpack_tuple(builder, view.strides)[0]
            first = builder.gep(
                builder.bitcast(view.data, ir.IntType(8).as_pointer()), [builder.add(builder.mul(row, stride), column)]
            )
            narrow = builder.load(builder.bitcast(first, ir.VectorType(ir.IntType(8), count).as_pointer()), align=1)
            return builder.zext(narrow, ir.VectorType(ir.IntType(32), count))

        def generate(target, builder, signature, values):
            wide = ir.VectorType(ir.IntType(32), count)
            kinds = signature.args
            one = load(target, builder, kinds[0], *values[:3])
            difference = builder.sub(one, load(target, builder, kinds[3], *values[3:]))
            zero = ir.Constant(wide, [0] * count)
            below = builder.icmp_signed("<", difference, zero)
            size = builder.select(below, builder.sub(zero, difference), difference)
            total = ir.FunctionType(ir.IntType(32), [wide])
            add = cgutils.get_or_insert_function(builder.module, total, f"llvm.vector.reduce.add.v{count}i32")
            return builder.zext(builder.call(add, [size]), ir.IntType(64))

        return signature, generate

    return distance


if intrinsic is not None:
    _distance16, _distance8 = _vectorised(16), _vectorised(8)

    @overload(sad16)
    def _sad16(a, y, x, b, v, u):
        return lambda a, y, x, b, v, u: _distance16(a, np.int64(y), np.int64(x), b, np.int64(v), np.int64(u))

    @overload(sad8)
    def _sad8(a, y, x, b, v, u):
        return lambda a, y, x, b, v, u: _distance8(a, np.int64(y), np.int64(x), b, np.int64(v), np.int64(u))
