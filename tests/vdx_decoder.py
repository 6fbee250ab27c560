"""A second decoder of .vdx, written from the page appendix/vdx.md: plain Python and NumPy, slow, nothing of vdtext.

Its parts have the headings of the page, its contexts the names of the page.  :func:`decode` is what to call.
"""

import math
import zlib
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

# ---- Numbers, chunks, the file ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Header:
    """What the chunk H says."""

    height: int
    width: int
    run: int
    rate: tuple
    color: bool
    full: bool
    lossless: bool
    mixing: bool
    filtering: bool
    layered: bool
    matrix: int


def number(data, at):
    """The number at a byte, and the byte behind it."""
    value = 0
    for shift in range(0, 35, 7):
        value |= (data[at] & 127) << shift
        at += 1
        if data[at - 1] < 128:
            return value, at
    raise ValueError("a number of more than five bytes")


def chunk(data, at):
    """Type and payload of the chunk at a byte, and the byte behind it."""
    length, start = number(data, at + 3)
    stop = start + length
    checksum = int.from_bytes(data[stop : stop + 4], "little")
    if data[at : at + 2] != b"\xc5\x5c" or zlib.crc32(data[at + 2 : stop]) != checksum:
        raise ValueError(f"no chunk at byte {at}")
    return chr(data[at + 2]), data[start:stop], stop + 4


def header(payload):
    """The header."""
    flags, at, numbers = payload[1], 2, []
    for _ in range(5):
        value, at = number(payload, at)
        numbers.append(value)
    if payload[0] != 1 or at != len(payload) or min(numbers) < 1 or numbers[2] > 64:
        raise ValueError("no header of version 1")
    switches = [bool(flags >> k & 1) for k in range(6)]
    return Header(*numbers[:3], tuple(numbers[3:]), *switches, flags >> 6)


def decode(data):
    """The header of a file, and all its frames, of which :meth:`Frame.cut` has the planes."""
    if data[:4] != b"\x89VDX":
        raise ValueError("no signature")
    letter, payload, at = chunk(data, 4)
    head, frames = header(payload), []
    while letter != "I":
        letter, payload, at = chunk(data, at)
        if letter == "G":
            first, start = number(payload, 0)
            count, start = number(payload, start)
            pixels = -(-head.height // 8) * -(-head.width // 8) * 64
            if first != len(frames) or len(payload) - start < count * (pixels + 4096) >> 15:
                raise ValueError("a group out of order, or of too few bytes")
            frames += decode_group(head, Bits(payload[start:], head.mixing), count)
        elif letter.isupper() and letter != "I":
            raise ValueError(f"a chunk of type {letter}")
    return head, frames


# ---- Runs and places -------------------------------------------------------------------------------------------------

STEPS = [max(1, round(16 * 2 ** (k / 24))) for k in range(257)]
OFFSETS = [-4, 0, 6, 10, 14, 18]


def places(anchors, count):
    """Number, layer and references of the frames of a run, in coding order."""
    if not anchors:
        return [(0, 0, [])]
    found = [(anchors[-1] + count, 1, anchors[:-3:-1])]

    def between(a, b, layer):
        middle = (a + b) // 2
        if middle > a:
            found.append((middle, min(layer, 5), [a, b]))
            between(a, middle, layer + 1)
            between(middle, b, layer + 1)

    between(anchors[-1], anchors[-1] + count, 2)
    return found


def decode_group(head, bits, count):
    """The frames of a group, in their order."""
    done, anchors, index, left = {}, [], 0, count
    while left:
        run = min(head.run, left) if anchors else 1
        c = bits.number("index")
        index += -(c + 1) // 2 if c % 2 else c // 2
        if not 0 <= index <= 256:
            raise ValueError(f"no step {index}")
        here = places(anchors, run)
        for now, layer, references in here:
            step = STEPS[min(max(index + (OFFSETS[layer] if head.layered else 0), 0), 256)]
            frame = Frame(head, layer, 16 if head.lossless else step)
            frame.references = [done[other] for other in references]
            frame.distances = [now - other for other in references]
            decode_frame(bits, frame)
            done[now] = frame
        anchors = (anchors + [now for now, layer, _ in here if layer < 2])[-2:]
        left -= run
    return [done[k] for k in range(count)]


# ---- The arithmetic coder --------------------------------------------------------------------------------------------

PACE = [655360 // (10 * m + 22) for m in range(256)]
SQUASH = {x: min(max(math.floor(65536 / (1 + math.exp(-x / 256)) + 0.5), 24), 65512) for x in range(-2047, 2048)}
STRETCH = [next((x for x in range(-2047, 2047) if SQUASH[x] >= 8 * i + 4), 2047) for i in range(8192)]


class Bits:
    """The bits of a group, and what has been learnt from them."""

    def __init__(self, data, mixing):
        self.data, self.mixing, self.at = data, mixing, 4
        self.code, self.width = int.from_bytes(data[:4].ljust(4, b"\0"), "big"), 2**32 - 1
        self.contexts = defaultdict(lambda: [1 << 21, 0])  # q and m
        self.weights = defaultdict(lambda: [13000] * 7)

    def read(self, p):
        """A bit with probability p/65536 of a one."""
        b = self.width * p >> 16
        bit = int(self.code < b)
        if bit:
            self.width = b
        else:
            self.code, self.width = self.code - b, self.width - b
        while self.width < 1 << 24:
            self.code = self.code << 8 | (self.data[self.at] if self.at < len(self.data) else 0)
            self.width, self.at = self.width << 8, self.at + 1
        if self.at > len(self.data) + 3:
            raise ValueError("the bits end too early")
        return bit

    def equal(self):
        """A bit without a context."""
        return self.read(32768)

    def learn(self, context, bit):
        """Let an estimator learn."""
        q, m = context
        context[0] = q + ((bit * (1 << 22) - bit - q) * PACE[m] >> 16)
        context[1] = min(m + 1, 255)

    def one(self, *name):
        """A bit with one context."""
        context = self.contexts[name]
        bit = self.read(min(max(context[0] >> 6, 32), 65504))
        self.learn(context, bit)
        return bit

    def mixed(self, kind, values, chosen=None):
        """A bit with several contexts: those of a kind, of which the k-th has the k-th values."""
        if not self.mixing:
            return self.one(kind, 0, values[0])
        contexts = [self.contexts[kind, k, v] for k, v in enumerate(values)]
        w, x = self.weights[chosen or kind], [STRETCH[context[0] >> 9] for context in contexts]
        p = SQUASH[min(max(sum(map(int.__mul__, w, x)) >> 16, -2047), 2047)]
        bit = self.read(p)
        for k, context in enumerate(contexts):
            w[k] += x[k] * (65536 * bit - p) + 16384 >> 15
            self.learn(context, bit)
        return bit

    def number(self, kind, *values):
        """An exponential Golomb code."""
        k = 0
        while k < 20 and self.one(kind, values, "more", k):
            k += 1
        v = 1
        for i in range(k):
            v = 2 * v + (self.equal() if i else self.one(kind, values, "first", k))
        return v - 1


# ---- A frame and its blocks ------------------------------------------------------------------------------------------

SKIPPED, MERGED, INTER, INTRA, OUTSIDE = range(5)


class Frame:
    """A frame: its planes, their levels, and maps with a cell for 8 × 8 or 4 × 4 pixels of luma."""

    def __init__(self, head, layer, step):
        self.head, self.layer, self.step = head, layer, step
        self.height, self.width = h, w = -(-head.height // 8) * 8, -(-head.width // 8) * 8
        shapes = [(h, w)] + 2 * head.color * [(h // 2, w // 2)]
        self.planes, self.levels = ([np.zeros(shape, int) for shape in shapes] for _ in range(2))
        eighth, quarter = (h // 8, w // 8), (h // 4, w // 4)
        self.size, self.kind, self.direction, self.mode, self.four = (np.zeros(eighth, int) for _ in range(5))
        self.vectors = np.zeros((*eighth, 2, 2), int)  # to both references, row and column
        self.coded, self.grade, self.chroma_grade = (np.zeros(quarter, int) for _ in range(3))

    @property
    def co_located(self):
        """The last reference that has references, or None."""
        return next((other for other in reversed(self.references) if other.references), None)

    def cut(self):
        """The planes, without what was padded."""
        h, w = self.head.height, self.head.width
        sizes = [(h, w)] + 2 * [(-(-h // 2), -(-w // 2))]
        return [p[:rows, :columns].astype(np.uint8) for p, (rows, columns) in zip(self.planes, sizes, strict=False)]


def left_above(grid, y, x, outside=0):
    """What a map has to the left of a cell and above it."""
    return int(grid[y, x - 1]) if x else outside, int(grid[y - 1, x]) if y else outside


def decode_frame(bits, frame):
    """A frame: trees of blocks, then the filter."""
    for y in range(0, frame.height, 32):
        for x in range(0, frame.width, 32):
            decode_tree(bits, frame, y, x, 32)
    if frame.head.filtering and not frame.head.lossless:
        loop_filter(bits, frame)


def decode_tree(bits, frame, y, x, n):
    """A block of n × n pixels, or its four quarters."""
    if y >= frame.height or x >= frame.width:
        return
    split = n > 8
    if split and y + n <= frame.height and x + n <= frame.width:
        gy, gx = y // 8, x // 8
        smaller = sum(0 < size < n for size in left_above(frame.size, gy, gx))
        around = left_above(frame.kind, gy, gx, OUTSIDE)
        split = bits.mixed("split", [(smaller, n), (*around, n), (frame.layer, smaller, n)])
    if split:
        for k in range(4):
            decode_tree(bits, frame, y + n // 2 * (k // 2), x + n // 2 * (k % 2), n // 2)
    else:
        decode_block(bits, frame, y, x, n)


def decode_block(bits, frame, y, x, n):
    """A block that is not split."""
    gy, gx, g, cells = y // 8, x // 8, n // 8, np.s_[y // 8 : (y + n) // 8, x // 8 : (x + n) // 8]
    kind = decode_kind(bits, frame, gy, gx, n)
    frame.size[cells], frame.kind[cells] = n, kind
    if kind == INTRA:
        frame.mode[cells] = decode_mode(bits, frame, gy, gx)
    else:
        direction, vectors = decode_motion(bits, frame, gy, gx, g, kind)
        frame.direction[cells], frame.vectors[cells] = direction, vectors
        compensate(frame, y, x, n, direction, vectors)
    if kind != SKIPPED:
        decode_luma(bits, frame, y, x, n, kind)
        if frame.head.color:
            decode_chroma(bits, frame, y, x, n, kind)
    frame.coded[y // 4 : (y + n) // 4, x // 4 : (x + n) // 4] = 1


def decode_kind(bits, frame, gy, gx, n):
    """Skipped, merged, inter or intra."""
    if not frame.references:
        return INTRA
    around = left_above(frame.kind, gy, gx, OUTSIDE)
    k = around.count(SKIPPED)
    if bits.mixed("skipped", [(k, n), (*around, n), (frame.layer, k, n)]):
        return SKIPPED
    if bits.one("intra", around.count(INTRA), n):
        return INTRA
    return MERGED if bits.one("merged", around.count(INTER), n) else INTER


# ---- Intra mode ------------------------------------------------------------------------------------------------------


def decode_mode(bits, frame, gy, gx):
    """The mode of an intra block."""
    kinds = left_above(frame.kind, gy, gx, OUTSIDE)
    a, b = (m if kind == INTRA else 1 for kind, m in zip(kinds, left_above(frame.mode, gy, gx), strict=True))
    if a != b:
        probable = a, b, next(m for m in (0, 1, 26) if m not in (a, b))
    else:
        probable = (0, 1, 26) if a < 2 else (a, 2 + (a + 29) % 32, 2 + (a - 1) % 32)
    if bits.one("probable"):
        return probable[0 if bits.one("is first") else 1 if bits.one("is second") else 2]
    node = 1
    for _ in range(6):
        node = 2 * node + bits.one("mode", node)
    return min(node - 64, 34)


# ---- Motion ----------------------------------------------------------------------------------------------------------


def scaled(v, d, e):
    """A vector found over the distance e, over the distance d."""
    if d == e:
        return v
    return tuple((2 * c * d + e) // (2 * e) for c in v)


def neighbours(frame, gy, gx, g):
    """(direction, vectors) of the neighbours of a block that have motion."""
    for y, x in [(gy + g - 1, gx - 1), (gy - 1, gx + g - 1), (gy - 1, gx + g), (gy + g, gx - 1), (gy - 1, gx - 1)]:
        inside = 0 <= y < frame.height // 8 and 0 <= x < frame.width // 8
        if inside and frame.coded[2 * y, 2 * x] and frame.direction[y, x]:
            yield int(frame.direction[y, x]), [tuple(v) for v in frame.vectors[y, x].tolist()]


def co_located_vector(frame, gy, gx, g):
    """(vector, its distance) at the same place of the co-located frame, or None."""
    other = frame.co_located
    if other is None:
        return None
    y, x = min(gy + g // 2, frame.height // 8 - 1), min(gx + g // 2, frame.width // 8 - 1)
    direction, vectors = other.direction[y, x], [tuple(v) for v in other.vectors[y, x].tolist()]
    if direction == 0:
        return None
    return (vectors[0], other.distances[0]) if direction & 1 else (vectors[1], other.distances[-1])


def candidates(frame, gy, gx, g):
    """Motion that a block may take over: [(direction, vectors)]."""
    found, zero, two = [], (0, 0), len(frame.references) == 2

    def add(direction, v0, v1):
        motion = direction, [v0 if direction & 1 else zero, v1 if direction & 2 else zero]
        if len(found) < 5 and motion not in found:
            found.append(motion)

    for direction, (v0, v1) in neighbours(frame, gy, gx, g):
        if len(found) < 4:
            add(direction, v0, v1)
    if known := co_located_vector(frame, gy, gx, g):
        v, e = known
        add(3 if two else 1, scaled(v, frame.distances[0], e), scaled(v, frame.distances[-1], e))
    for i, (one, (v0, _)) in enumerate(first := list(found) if two else []):
        for j, (other, (_, v1)) in enumerate(first):
            if i != j and one & 1 and other & 2:
                add(3, v0, v1)
    for direction in (3, 1, 2) if two else (1,):
        add(direction, zero, zero)
    return found


def predictors(frame, gy, gx, g, r):
    """Two predictors of the vector to reference r."""
    found, own, other = [], frame.distances[r], frame.distances[-1 - r]
    for direction, vectors in neighbours(frame, gy, gx, g):
        found.append(vectors[r] if direction >> r & 1 else scaled(vectors[1 - r], own, other))
    if known := co_located_vector(frame, gy, gx, g):
        found.append(scaled(known[0], own, known[1]))
    found = list(dict.fromkeys(found))
    return (found + 2 * [(0, 0)])[:2]


def decode_motion(bits, frame, gy, gx, g, kind):
    """Direction and vectors of a block with motion."""
    n = 8 * g
    if kind != INTER:
        found, k = candidates(frame, gy, gx, g), 0
        while k < len(found) - 1 and bits.mixed("which", [(k, kind), (k, n, len(found)), (k, frame.layer)]):
            k += 1
        return found[k]
    direction, vectors = 1, [(0, 0), (0, 0)]
    if len(frame.references) == 2:
        a, b = left_above(frame.direction, gy, gx)
        direction = 3
        if not bits.mixed("both", [(a, b, n), (frame.layer, n), (a,)]):
            direction = 1 + bits.mixed("second", [(a, b), (frame.layer,), (n,)])
    for r in range(2):
        if direction >> r & 1:
            vectors[r] = decode_vector(bits, frame, predictors(frame, gy, gx, g, r), r)
    return direction, vectors


def decode_vector(bits, frame, found, r):
    """A vector: which predictor, and the difference to it."""
    predictor, size, vector = found[bits.one("predictor", r)], 0, []
    for i in range(2):
        z = bits.number("difference", i, size, frame.layer > 2)
        size = 0 if z == 0 else 1 if z < 3 else 2
        if z and bits.equal():
            z = -z
        vector.append(min(max(predictor[i] + z, -32768), 32767))
    return tuple(vector)


# ---- Luma and chroma of a block --------------------------------------------------------------------------------------


def decode_luma(bits, frame, y, x, n, kind):
    """Transforms and levels of luma; puts the block together."""
    cells, intra = np.s_[y // 8 : (y + n) // 8, x // 8 : (x + n) // 8], kind == INTRA
    four = bits.one("four", n, sum(left_above(frame.four, y // 8, x // 8))) if intra else 0
    frame.four[cells] = four
    m = n // 2 if four else n
    for k in range(4 if four else 1):
        yy, xx = y + m * (k // 2), x + m * (k % 2)
        small = np.s_[yy // 4 : (yy + m) // 4, xx // 4 : (xx + m) // 4]
        if intra:
            frame.planes[0][yy : yy + m, xx : xx + m] = predict(frame, 0, yy, xx, m, frame.mode[y // 8, x // 8])
        a, b = left_above(frame.grade, yy // 4, xx // 4)
        around = (a + b + 1) // 2
        values = [(m, intra, four, around), (m, intra, a, b), (kind, frame.layer, m)]
        if bits.mixed("any luma", values):
            decode_levels(bits, frame, 0, yy, xx, m, intra, around)
            add_residual(frame, 0, yy, xx, m)
        frame.grade[small] = grade(frame.levels[0][yy : yy + m, xx : xx + m])
        frame.coded[small] = 1


def decode_chroma(bits, frame, y, x, n, kind):
    """Levels of Cb and Cr; puts the blocks together."""
    intra, m, before = kind == INTRA, n // 2, 0
    around = (sum(left_above(frame.chroma_grade, y // 4, x // 4)) + 1) // 2
    luma = int(frame.grade[y // 4, x // 4])
    y, x = y // 2, x // 2
    for plane in (1, 2):
        if intra:
            mode = frame.mode[y // 4, x // 4]
            frame.planes[plane][y : y + m, x : x + m] = predict(frame, plane, y, x, m, mode)
        which = (0, 1 + before)[plane - 1]
        values = [(m, intra, which, around), (which, luma), (kind, frame.layer, which)]
        some = bits.mixed("any chroma", values)
        if some:
            decode_levels(bits, frame, plane, y, x, m, intra, around)
            add_residual(frame, plane, y, x, m)
        if plane == 1:
            before = some
            cells = np.s_[y // 2 : (y + m) // 2, x // 2 : (x + m) // 2]
            frame.chroma_grade[cells] = grade(frame.levels[1][y : y + m, x : x + m])


def grade(q):
    """How large the levels of a block are, 0 to 7."""
    return min((int(abs(q).sum()) * 64 // q.size).bit_length(), 7)


# ---- Levels ----------------------------------------------------------------------------------------------------------


def diagonals(n):
    """Places of n × n, diagonal by diagonal."""
    return sorted(((i, j) for i in range(n) for j in range(n)), key=lambda place: (sum(place), place[0]))


def bucket(f):
    """A frequency, row plus column, coarsely."""
    return sum(f >= least for least in (1, 2, 3, 5, 7, 10, 16))


def decode_levels(bits, frame, plane, y, x, n, intra, around):
    """The levels of a block of which at least one is not zero."""
    q, groups, chroma = frame.levels[plane], diagonals(n // 4), plane > 0
    a, nonzero, last = [[0] * (n + 2) for _ in range(n + 2)], 0, 0
    if n > 4:
        last = min(bits.number("last", chroma, n, intra, around > 2), len(groups) - 1)
    for group in range(last, -1, -1):
        top, left = 4 * groups[group][0], 4 * groups[group][1]
        if group < last:
            right = sum(a[top + k][left + 4] for k in range(4))
            below = sum(a[top + 4][left + k] for k in range(4))
            where = bucket((top + left) // 4)
            if not bits.one("group", chroma, n, intra, min(right, 2), min(below, 2), where):
                continue
        found = False
        for i, j in reversed(diagonals(4)):
            certain = not found and (i, j) == (0, 0)
            i, j = top + i, left + j
            other = known_elsewhere(frame, plane, y, x, i, j, n)
            values, t = level_contexts(a, i, j, n, intra, nonzero, around, other, frame.layer)
            m = decode_level(bits, chroma, n, intra, t, values, certain)
            if m:
                a[i][j], found, nonzero = m, True, nonzero + 1
                q[y + i, x + j] = -m if bits.equal() else m


def known_elsewhere(frame, plane, y, x, i, j, n):
    """The context o of a level."""
    q = frame.levels[plane]
    if plane == 0:
        left = min(abs(int(q[y + i, x + j - n])), 2) if x >= n else 0
        above = min(abs(int(q[y + i - n, x + j])), 2) if y >= n else 0
        return left + 3 * above
    return min(abs(int(frame.levels[1][y + i, x + j])), 3) if plane == 2 else 0


def level_contexts(a, i, j, n, intra, nonzero, around, other, layer):
    """The seven contexts of a level, and t."""
    r, r2, b, b2, d = a[i][j + 1], a[i][j + 2], a[i + 1][j], a[i + 2][j], a[i + 1][j + 1]
    t = r + r2 + b + b2 + d
    f, top = bucket(i + j), min(t, 11)
    return [
        (n, intra, top, f),
        (n, intra, min(i, 7), min(j, 7), min(t, 3)),
        (n, intra, min(r, 3), min(b, 3), min(d, 3), min(r2 + b2, 2)),
        (n, intra, min(nonzero, 7), f, min(t, 3)),
        (n, around, top, f // 2),
        (layer, min(2 * (r + b) + r2 + b2 + d, 15), i % 4, j % 4),
        (n, intra, other, top),
    ], t


def decode_level(bits, chroma, n, intra, t, values, certain):
    """The magnitude of a level."""
    m = 0
    while m < 15:
        stage = min(m, 3)
        kind = "level", chroma, stage
        if not (m == 0 and certain) and not bits.mixed(kind, values, (*kind, n, intra, min(t, 7))):
            return m
        m += 1
    return 15 + min(bits.number("rest"), 30000)


# ---- Residual --------------------------------------------------------------------------------------------------------

MOST = (1 << 17) - 1


def cosines(n):
    """The matrix M of the inverse transform."""
    k, i = np.mgrid[:n, :n]
    m = 256 * np.sqrt(2 / n) * np.cos(np.pi * (2 * i + 1) * k / (2 * n))
    m[0] /= np.sqrt(2)
    return np.rint(m).astype(int)


def add_residual(frame, plane, y, x, n):
    """Add what the levels of a block say to its prediction."""
    r = frame.levels[plane][y : y + n, x : x + n]
    if not frame.head.lossless:
        m = cosines(n)
        t = np.clip((np.clip(r * frame.step, -MOST, MOST) @ m + 128) >> 8, -MOST, MOST)
        r = (m.T @ t + 2048) >> 12
    block = frame.planes[plane][y : y + n, x : x + n]
    block[:] = np.clip(block + r, 0, 255)


# ---- Intra prediction ------------------------------------------------------------------------------------------------

SLOPES = [32, 26, 21, 17, 13, 9, 5, 2, 0, -2, -5, -9, -13, -17, -21, -26]
SLOPES += [-32, *SLOPES[:0:-1], 32]


def line_around(frame, plane, y, x, n):
    """The 4n + 1 pixels around a block, from below left over the corner to above right."""
    p, unit, line = frame.planes[plane], 2 if plane else 4, []
    for k in range(4 * n + 1):
        i, j = (y + 2 * n - 1 - k, x - 1) if k < 2 * n else (y - 1, x - 1 + k - 2 * n)
        there = 0 <= i < p.shape[0] and 0 <= j < p.shape[1] and frame.coded[i // unit, j // unit]
        line.append(int(p[i, j]) if there else None)
    before = next((v for v in line if v is not None), 128)
    for k, v in enumerate(line):
        line[k] = before = before if v is None else v
    return line


def predict(frame, plane, y, x, n, mode):
    """Intra prediction of a block."""
    e, c = line_around(frame, plane, y, x, n), 2 * n
    out = np.zeros((n, n), int)
    if mode == 1:
        out[:] = (sum(e[c - n : c + n + 1]) - e[c] + n) // (2 * n)
        return out
    turn = min(abs(mode - 10), abs(mode - 26))
    if n > 4 and (mode == 0 or turn > {8: 7, 16: 1, 32: 0}[n]):
        middle = [(e[k - 1] + 2 * e[k] + e[k + 1] + 2) >> 2 for k in range(1, 4 * n)]
        e = [e[0], *middle, e[-1]]
    if mode == 0:
        for i in range(n):
            for j in range(n):
                across = (n - 1 - j) * e[c - 1 - i] + (j + 1) * e[c + n + 1]
                down = (n - 1 - i) * e[c + 1 + j] + (i + 1) * e[c - n - 1]
                out[i, j] = (across + down + n) // (2 * n)
        return out
    slope, side = SLOPES[mode - 2], 1 if mode >= 18 else -1
    line = {k: e[c + side * k] for k in range(2 * n + 1)}
    for k in range((n * slope >> 5) + 1, 0):
        line[k] = e[c - side * ((64 * k + slope) // (2 * slope))]
    for i in range(n):
        k, part = (i + 1) * slope >> 5, (i + 1) * slope & 31
        for j in range(n):
            second = part * line[k + j + 2] if part else 0
            out[i, j] = ((32 - part) * line[k + j + 1] + second + 16) >> 5
    return out if mode >= 18 else out.T


# ---- Motion compensation ---------------------------------------------------------------------------------------------

LUMA = [[0, 0, 0, 64, 0, 0, 0, 0], [-1, 4, -10, 58, 17, -5, 1, 0], [-1, 4, -11, 40, 40, -11, 4, -1]]
LUMA += [LUMA[1][::-1]]
CHROMA = [[0, 64, 0, 0], [-2, 58, 10, -2], [-4, 54, 16, -2], [-6, 46, 28, -4], [-4, 36, 36, -4]]
CHROMA += [taps[::-1] for taps in CHROMA[3:0:-1]]


def moved(p, y, x, n, vector, taps):
    """A block of a plane, moved by a vector in units of 1/len(taps) pixels; 64 times too large."""
    unit, count = len(taps), len(taps[0])
    rows, columns = (
        np.clip(start + v // unit - count // 2 + 1 + np.arange(n + count - 1), 0, size - 1)
        for start, v, size in zip((y, x), vector, p.shape, strict=True)
    )
    part = p[np.ix_(rows, columns)]
    across = sum(t * part[:, k : k + n] for k, t in enumerate(taps[vector[1] % unit]))
    return sum(t * across[k : k + n] for k, t in enumerate(taps[vector[0] % unit])) >> 6


def compensate(frame, y, x, n, direction, vectors):
    """Prediction of a block with motion, into the planes."""
    used = []
    for r, other in enumerate(frame.references):
        if direction >> r & 1:
            limits = [(-4 * (p + 68), 4 * (size - p - n + 68)) for p, size in ((y, frame.height), (x, frame.width))]
            kept = [min(max(v, least), most) for v, (least, most) in zip(vectors[r], limits, strict=True)]
            used.append((other, kept))
    for k, p in enumerate(frame.planes):
        yy, xx, m, taps = (y // 2, x // 2, n // 2, CHROMA) if k else (y, x, n, LUMA)
        total = sum(moved(other.planes[k], yy, xx, m, v, taps) for other, v in used)
        shift = 5 + len(used)
        p[yy : yy + m, xx : xx + m] = np.clip((total + (1 << shift >> 1)) >> shift, 0, 255)


# ---- Loop filter -----------------------------------------------------------------------------------------------------


def flux(d, k):
    """What flows along differences d."""
    return np.sign(d) * np.minimum(2 * abs(d), np.maximum(3 * k - abs(d), 0))


def loop_filter(bits, frame):
    """Filter the luma of a frame."""
    h, w, before = frame.height, frame.width, 0
    p, filtered = frame.planes[0], frame.planes[0].copy()
    wide = np.pad(p, 2, mode="edge")
    open_ = np.repeat(np.repeat((frame.kind != SKIPPED) | (not frame.references), 8, 0), 8, 1)
    for y in range(0, h, 32):
        for x in range(0, w, 32):
            here = np.s_[y : y + 32, x : x + 32]
            if not open_[here].any():
                continue
            strength = bits.one("strength", before) and 1 + bits.one("strong", before)
            before = strength
            if strength:
                u, k = p[here], max(1, frame.step * 3 * strength >> 7)
                around = {(i, j): 0 for i in range(-2, 3) for j in range(-2, 3)}
                for i, j in around:
                    d = wide[y + 2 + i :, x + 2 + j :][: u.shape[0], : u.shape[1]] - u
                    around[i, j] = {1: 16, 2: 8, 4: 5}.get(i * i + j * j, 0) * flux(d, k)
                new = np.clip(u + ((3 * sum(around.values()) + 256) >> 9), 0, 255)
                filtered[here] = np.where(open_[here], new, u)
    frame.planes[0] = filtered
