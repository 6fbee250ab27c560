"""The cosine transform of 4 to 32 pixels: forward in floats, for the encoder alone, and back in integers."""

import numpy as np

from vdtext._jit import lean

F = np.float32


def _cosines(n):
    """The orthonormal C[k, i] = sqrt(2/n) cos(π(2i + 1)k/(2n)), its first row divided by sqrt(2), in 32 × 32."""
    k, i = np.mgrid[:n, :n]
    matrix = np.zeros((32, 32))
    matrix[:n, :n] = np.sqrt(2 / n) * np.cos(np.pi * (2 * i + 1) * k / (2 * n))
    matrix[0] /= np.sqrt(2)
    return matrix


COSINES = np.array([_cosines(4 << s) for s in range(4)])
FORWARD = COSINES.astype(F)
ACROSS = np.ascontiguousarray(FORWARD.transpose(0, 2, 1))
INVERSE = np.rint(256 * COSINES).astype(np.int32)
"""In units of 1/256.  Before rounding none is nearer than 0.008 to the middle of two integers, so machines agree."""
MOST = (1 << 17) - 1


@lean
def forward(r, s, tmp, out):
    """Transform r, 4·2^s pixels wide and high."""
    n = 4 << s
    for k in range(n):
        t = tmp[k, :n]
        for j in range(t.size):
            t[j] = 0
        for i in range(n):
            a, row = FORWARD[s, k, i], r[i, :n]
            for j in range(t.size):
                t[j] += a * row[j]
    for k in range(n):
        o = out[k, :n]
        for j in range(o.size):
            o[j] = 0
        for i in range(n):
            a, row = tmp[k, i], ACROSS[s, i, :n]
            for j in range(o.size):
                o[j] += a * row[j]


@lean
def inverse(q, y, x, s, step, tmp, out):
    """Residual of the levels q[y:, x:], 4·2^s wide and high, times a step in units of 1/16; 1 if there is a level.

    Between the two passes there are four fractional bits, and nothing exceeds 2¹⁷, so that 32 bits hold every sum.
    """
    n, last, m = 4 << s, -1, INVERSE[s]
    for k in range(n):
        t, some = tmp[k, :n], False
        for i in range(n):
            level = np.int64(q[y + k, x + i])
            if level:
                if not some:
                    for j in range(t.size):
                        t[j] = 128
                some = True
                a, row = np.int32(min(max(level * step, -MOST), MOST)), m[i, :n]
                for j in range(t.size):
                    t[j] += a * row[j]
        if some:
            last = k
            for j in range(t.size):
                t[j] = min(max(t[j] >> 8, -MOST), MOST)
        else:
            for j in range(t.size):
                t[j] = 0
    for i in range(n):
        o = out[i, :n]
        for j in range(o.size):
            o[j] = 2048
        for k in range(last + 1):
            a, row = m[k, i], tmp[k, :n]
            for j in range(o.size):
                o[j] += a * row[j]
        for j in range(o.size):
            o[j] >>= 12
    return 1 if last >= 0 else 0


@lean
def bypass(q, y, x, s, out):
    """The levels are the residual: coding without loss."""
    n = 4 << s
    for i in range(n):
        for j in range(n):
            out[i, j] = q[y + i, x + j]
    return 1
