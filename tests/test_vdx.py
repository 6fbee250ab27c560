"""The page of the format .vdx: a decoder written from it alone gets what the library gets, and its numbers are true."""

import ast
import hashlib
import json
import re
from functools import cache
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
import vdx_decoder

from tools import ROOT
from tools.lint.cells import imported
from vdtext import codec
from vdtext.codec import stream
from vdtext.errors import BitstreamError
from vdtext.fast.codec import filtering, inter, intra, levels, transform
from vdtext.fast.entropy import binary
from vdtext.fast.motion import planes
from vdtext.fast.wavelets.planes import PACE, SQUASH, STRETCH

GOLDEN = json.loads((ROOT / "data" / "vdx.json").read_text(encoding="utf-8"))
PAGE = (ROOT / "appendix" / "vdx.md").read_text(encoding="utf-8")
SCRAMBLED = 110


# ---- Files -----------------------------------------------------------------------------------------------------------


def passing(frames, height, width, *, color, seed=0):
    """A ramp with stripes, over which a textured square passes, a fraction of a pixel a frame; noise in a corner."""
    rng, found = np.random.default_rng(seed), []
    for k in range(3 if color else 1):
        h, w = (height, width) if k == 0 else (-(-height // 2), -(-width // 2))
        y, x = np.mgrid[:h, :w] * (1.0 if k == 0 else 2.0)
        plane = np.empty((frames, h, w))
        for t in range(frames):
            v, u = y - 3 - 0.75 * t, x - 5 - 1.25 * t
            plane[t] = 60 + 2 * x + y + 40 * (np.sin(0.5 * x + 0.3 * y + 0.2 * t) > 0.3)
            square = (abs(v - 6) < 7) & (abs(u - 7) < 8)
            plane[t][square] = (128 + 60 * np.sin(0.9 * v + k) + 50 * np.cos(0.7 * u - 0.4 * v))[square]
            plane[t, -5:, -6:] += rng.normal(0, 30, plane[t, -5:, -6:].shape)
        found.append(np.clip(np.rint(plane), 0, 255).astype(np.uint8))
    return codec.Film(tuple(found), 25)


def films():
    """What the encoder is given: {name: (film, arguments)}."""
    return {
        "pairs": (passing(9, 40, 48, color=False), {"quality": 60, "gop": 8}),
        "colour, fine": (passing(3, 24, 32, color=True), {"quality": 90, "gop": 2}),
        "colour, coarse": (passing(10, 40, 48, color=True, seed=1), {"quality": 25, "gop": 4}),
        "runs and groups": (passing(12, 16, 24, color=True, seed=2), {"quality": 70, "gop": 3, "key": 7}),
        "odd": (passing(5, 33, 21, color=True, seed=3), {"quality": 50, "gop": 4}),
        "past alone": (passing(5, 25, 19, color=False, seed=4), {"quality": 55, "gop": 1}),
        "without loss": (passing(4, 11, 18, color=True, seed=5), {"quality": 100, "gop": 2}),
        "without loss, one context": (
            passing(3, 16, 16, color=False, seed=6),
            {"quality": 100, "tools": codec.Tools(mixing=False)},
        ),
        "one context": (passing(4, 24, 24, color=True), {"quality": 60, "tools": codec.Tools(mixing=False)}),
        "no filter": (passing(4, 24, 24, color=True), {"quality": 40, "tools": codec.Tools(filtering=False)}),
        "all steps alike": (passing(5, 24, 24, color=False), {"quality": 50, "tools": codec.Tools(cascade=False)}),
        "a bitrate": (passing(9, 16, 24, color=False), {"bitrate": 20_000, "gop": 2}),
    }


def scrambled(seed):
    """A file whose bits are random, or after so many all zeros or ones; no encoder writes it, yet it decodes."""
    rng = np.random.default_rng(seed)
    h, w, frames = (int(n) for n in (rng.integers(1, 60), rng.integers(1, 60), rng.integers(2, 7)))
    frames = frames if seed % 2 else 1
    color, *switches, lossless = (bool(bit) for bit in rng.random(5) < (0.5, 0.7, 0.6, 0.5, 0.2))
    mixing, filtering_, cascade = switches
    tools = codec.Tools(int(rng.integers(1, 5)), mixing, filtering_, cascade, lossless)
    bits = rng.bytes(int(rng.integers(50, 3000))) + bytes([255 * int(rng.integers(2))]) * 9000
    group = stream.chunk("G", stream.pack_group(0, frames, (h, w), bits))
    head = stream.SIGNATURE + stream.chunk("H", stream.pack_header(stream.Header((h, w), color, tools)))
    index = stream.chunk("I", stream.pack_index([(frames, len(group))], len(head)))
    return head + stream.chunk("x", b"skip me") + group + index + stream.footer(len(index))


class Watched(vdx_decoder.Bits):
    """Bits that remember which names gave which answers."""

    answers: ClassVar[set] = set()

    def one(self, *name):
        """A bit with one context."""
        bit = super().one(*name)
        self.answers.add((name[0], bit))
        return bit

    def mixed(self, kind, values, chosen=None):
        """A bit with several contexts."""
        bit = super().mixed(kind, values, chosen)
        self.answers.add((kind, bit))
        return bit


class Steered(vdx_decoder.Bits):
    """Bits that are made up when they are asked for, and written: ones as often as is said for their name."""

    def __init__(self, seed, ones, mixing):
        super().__init__(b"", mixing)
        self.rng, self.ones, self.often = np.random.default_rng(seed), ones, 0.5
        self.state, self.out = binary.start(4, 7), np.zeros(1 << 20, np.uint8)

    def read(self, p):
        """Make up a bit."""
        bit = int(self.rng.random() < self.often)
        binary.encode_chance(self.state, self.out, p, bit)
        self.often = 0.5
        return bit

    def one(self, *name):
        """A bit with one context."""
        self.often = self.ones.get(name[0] if isinstance(name[0], str) else name[0][0], 0.5)
        return super().one(*name)

    def mixed(self, kind, values, chosen=None):
        """A bit with several contexts."""
        self.often = self.ones.get(kind if isinstance(kind, str) else kind[0], 0.5)
        return super().mixed(kind, values, chosen)


def steered(seed, frames, size, *, gop, color, mixing, **ones):
    """A file with large numbers, long vectors, or whatever the chances of ones lead to."""
    head = stream.Header(size, color, codec.Tools(gop=gop, mixing=mixing))
    payload = stream.pack_header(head)
    bits = Steered(seed, {"index": 0, **{name.replace("_", " "): often for name, often in ones.items()}}, mixing)
    vdx_decoder.decode_group(vdx_decoder.header(payload), bits, frames)
    written = bits.out[: binary.flush(bits.state, bits.out)].tobytes()
    start = stream.SIGNATURE + stream.chunk("H", payload)
    group = stream.chunk("G", stream.pack_group(0, frames, size, written))
    index = stream.chunk("I", stream.pack_index([(frames, len(group))], len(start)))
    return start + group + index + stream.footer(len(index))


@cache
def extremes():
    """Files of the largest levels, the longest vectors, the deepest layers, and of bits that are always the same."""
    still = {"skipped": 0.6, "any_luma": 0.05, "intra": 0.02, "level": 0.2}
    far = {"skipped": 0.1, "intra": 0, "merged": 0.3, "difference": 0.95, "predictor": 1, "any_luma": 0.1}
    loud = {"level": 0.97, "rest": 0.97, "any_luma": 0.5, "any_chroma": 0.5, "group": 0.1, "last": 0.3}
    same = {"split": 1, "skipped": 0, "intra": 0, "merged": 0, "predictor": 1, "difference": 0, "any_luma": 0}
    return [
        steered(1, 69, (16, 16), gop=64, color=False, mixing=True, **still),
        steered(2, 12, (40, 48), gop=5, color=False, mixing=True, **far),
        steered(3, 40, (16, 24), gop=3, color=True, mixing=False, **far, any_chroma=0),
        steered(4, 2, (16, 16), gop=1, color=True, mixing=True, **loud),
        steered(5, 2, (16, 16), gop=1, color=False, mixing=False, **loud),
        steered(6, 30, (40, 48), gop=1, color=False, mixing=True, **same),
    ]


@cache
def second(data):
    """Header and frames of a file by the second decoder; None if it refuses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vdx_decoder, "Bits", Watched)
        try:
            return vdx_decoder.decode(data)
        except ValueError:
            return None


@cache
def encoded(name):
    film, given = films()[name]
    return codec.encode(film, **given)


def both_agree(data):
    """Do both decoders get the same, bit for bit?"""
    head, frames = second(data)
    film = codec.decode(data)
    assert (head.height, head.width, len(frames)) == (*film.size, film.frames)
    assert head.rate == (film.fps.numerator, film.fps.denominator)
    assert (["", "bt601", "bt709", "bt2020ncl"][head.matrix], head.full) == (film.matrix, film.full)
    assert head.color == (len(film.planes) == 3)
    for k, frame in enumerate(frames):
        for plane, wanted in zip(frame.cut(), film.planes, strict=True):
            assert np.array_equal(plane, wanted[k]), f"frame {k}"
    return film


# ---- The second decoder and the first --------------------------------------------------------------------------------


def test_the_second_decoder_has_nothing_of_the_library():
    found = set(imported(ast.parse((ROOT / "tests" / "vdx_decoder.py").read_text(encoding="utf-8"))))
    assert {name.split(".")[0] for name in found} == {"math", "zlib", "collections", "dataclasses", "numpy"}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_files(name):
    digest = hashlib.sha256()
    for frame in second(bytes.fromhex(GOLDEN[name]["vdx"]))[1]:
        for plane in frame.cut():
            digest.update(np.ascontiguousarray(plane))
    assert digest.hexdigest() == GOLDEN[name]["sha256"]


@pytest.mark.parametrize("name", films())
def test_films_that_the_encoder_writes(name):
    film, given = films()[name]
    back = both_agree(encoded(name))
    if given.get("quality") == 100:
        assert all(np.array_equal(a, b) for a, b in zip(back.planes, film.planes, strict=True))


def test_bits_that_no_encoder_writes():
    refused = 0
    for seed in range(SCRAMBLED):
        data = scrambled(seed)
        if second(data) is None:
            refused += 1
            with pytest.raises(BitstreamError):
                codec.decode(data)
        else:
            both_agree(data)
    assert refused < SCRAMBLED / 2


@pytest.mark.parametrize("k", range(6))
def test_large_numbers_long_vectors_and_deep_layers(k):
    data = extremes()[k]
    both_agree(data)
    frames = second(data)[1]
    assert (k != 0) or {frame.layer for frame in frames} == set(range(6))
    assert (k not in (1, 2)) or max(int(frame.vectors.max()) for frame in frames) == 32767
    assert (k not in (3, 4)) or max(int(abs(q).max()) for frame in frames for q in frame.levels) == 30015


def test_the_files_use_all_that_the_page_describes():
    files = [*map(encoded, films()), *map(scrambled, range(SCRAMBLED))]
    heads = [found for data in files if (found := second(data))]
    frames = [frame for _, found in heads for frame in found]
    seen = SimpleNamespace(
        size={int(n) for f in frames for n in np.unique(f.size)},
        kind={int(n) for f in frames for n in np.unique(f.kind)},
        direction={int(n) for f in frames for n in np.unique(f.direction)},
        mode={int(n) for f in frames for n in np.unique(f.mode[f.kind == vdx_decoder.INTRA])},
        four={int(n) for f in frames for size in (8, 16, 32) for n in np.unique(f.four[f.size == size] * size)},
        phase={tuple(v % 4) for f in frames for v in f.vectors[f.direction & 1 > 0][:, 0]},
        layer={f.layer for f in frames},
        level=max(int(abs(q).max()) for f in frames for q in f.levels),
        vector=max(int(abs(f.vectors).max()) for f in frames),
    )
    assert (seen.size, seen.kind, seen.direction) == ({8, 16, 32}, {0, 1, 2, 3}, {0, 1, 2, 3})
    assert (seen.mode, seen.four, len(seen.phase)) == (set(range(35)), {0, 8, 16, 32}, 16)
    assert seen.layer >= {0, 1, 2, 3}
    assert seen.level > 1000
    assert seen.vector > 4 * 68
    for switch in ("color", "lossless", "mixing", "filtering", "layered"):
        assert {getattr(head, switch) for head, _ in heads} == {False, True}, switch
    names = {name for name, _ in Watched.answers}
    assert [name for name in names if not {(name, 0), (name, 1)} <= Watched.answers] == []
    assert {name if isinstance(name, str) else name[0] for name in names} == set(names_of_contexts())


# ---- The container ---------------------------------------------------------------------------------------------------


def test_the_index_leads_to_groups_that_are_decoded_without_the_others():
    data = encoded("runs and groups")
    head, frames = second(data)
    assert data[-4:] == b"\x58\x44\x56\x89"
    start = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    letter, payload, _ = vdx_decoder.chunk(data, start)
    count, at = vdx_decoder.number(payload, 0)
    place, at = vdx_decoder.number(payload, at)
    assert (letter, count) == ("I", 2)
    for begins in (0, 7):
        many, at = vdx_decoder.number(payload, at)
        size, at = vdx_decoder.number(payload, at)
        letter, group, _ = vdx_decoder.chunk(data, place)
        first, k = vdx_decoder.number(group, 0)
        again, k = vdx_decoder.number(group, k)
        assert (letter, first, again) == ("G", begins, many)
        alone = vdx_decoder.decode_group(head, vdx_decoder.Bits(group[k:], head.mixing), many)
        for a, b in zip(alone, frames[begins:], strict=False):
            assert all(np.array_equal(p, q) for p, q in zip(a.cut(), b.cut(), strict=True))
        place += size
    assert (place, at) == (start, len(payload))


def test_what_is_no_file_is_refused():
    data = encoded("odd")
    wrong = [b"\x88" + data[1:], data[:40] + bytes([data[40] ^ 1]) + data[41:]]
    head = stream.Header((8, 8), False, codec.Tools())
    start = stream.SIGNATURE + stream.chunk("H", stream.pack_header(head))
    wrong += [start + stream.chunk("S", b""), start + stream.chunk("G", bytes([1, 1, 0]))]
    for broken in wrong:
        assert second(broken) is None
        with pytest.raises(BitstreamError):
            codec.decode(broken)
    for numbers in ([0, 1, 1, 1, 1], [1, 1, 65, 1, 1], [1, 1, 1, 1, 1, 1]):
        with pytest.raises(ValueError, match="no header"):
            vdx_decoder.header(bytes([1, 0, *numbers]))
    with pytest.raises(ValueError, match="five bytes"):
        vdx_decoder.number(b"\x80" * 6, 0)


# ---- The page --------------------------------------------------------------------------------------------------------


def part(heading):
    """What stands below a heading of the page, up to the next one."""
    return re.split(r"^#+ ", PAGE.split(f"# {heading}\n")[1], flags=re.M)[0]


def tables(heading):
    """The tables below a heading: lists of rows, lists of cells."""
    found = re.findall(r"((?:^\|.*\n)+)", part(heading), re.M)
    rows = [[[cell.strip() for cell in row[1:-1].split("|")] for row in table.splitlines()] for table in found]
    return [[head, *body] for head, _, *body in rows]


def whole(text):
    """The numbers of a text."""
    return [int(n) for n in re.findall(r"-?\d+", text.replace("−", "-"))]


def names_of_contexts():
    """The names that the page gives to contexts."""
    return set(re.findall(r"`([a-z]{2,}(?: [a-z]+)?)`", "".join(map(part, vdx_sections()))))


def vdx_sections():
    """The headings that the second decoder has."""
    source = (ROOT / "tests" / "vdx_decoder.py").read_text(encoding="utf-8")
    return re.findall(r"^# -+ (.*?) -+$", source, re.M)


def test_the_parts_of_the_second_decoder_are_headings_of_the_page():
    headings = re.findall(r"^#+ (.*)$", PAGE, re.M)
    assert [name for name in vdx_sections() if name not in headings] == []
    places = [headings.index(name) for name in vdx_sections()]
    assert places == sorted(places)


def test_the_tables_of_the_page():
    rows = dict(row for table in tables("Runs and places") for row in table[1:])
    assert whole(rows["`OFFSETS`"])[:6] == vdx_decoder.OFFSETS == list(codec.plan.OFFSETS)
    buckets = tables("Levels")[0]
    assert buckets[1] == ["0, 1, 2", "*f*"]
    of = {f: f for f in range(3)} | {f: int(b) for a, b in buckets[2:] for f in range(whole(a)[0], whole(a)[1] + 1)}
    assert of == {f: vdx_decoder.bucket(f) for f in range(63)}
    assert [vdx_decoder.bucket(f) for f in range(63)] == levels.BUCKET[:63].tolist()
    order = whole(re.search(r"```text\n([\d\s]+)```", part("Levels"))[1])
    assert [order[4 * i + j] for i, j in vdx_decoder.diagonals(4)] == list(range(16))
    slopes = {int(a): whole(b)[0] for row in tables("Intra prediction")[2][1:] for a, b in rows_of_three(row)}
    assert slopes == {mode: int(intra.SLOPE[mode]) for mode in range(2, 19)}
    assert intra.SLOPE[2:].tolist() == vdx_decoder.SLOPES
    assert all(intra.SLOPE[mode] == intra.SLOPE[36 - mode] for mode in range(19, 35))
    smooth = {int(row[0]): whole(row[1])[1] for row in tables("Intra prediction")[1][1:]}
    assert smooth == {8: 7, 16: 1, 32: 0}
    luma, chroma = ([whole(" ".join(row[1:])) for row in table[1:]] for table in tables("Motion compensation"))
    assert luma == vdx_decoder.LUMA == planes.TAPS.tolist()
    assert chroma == vdx_decoder.CHROMA == inter.CHROMA_TAPS.tolist()


def rows_of_three(row):
    """Mode and slope, three times in a row of the table of slopes."""
    return [pair for pair in (row[0:2], row[3:5], row[6:8]) if pair[0].isdigit()]


def test_the_sums_of_the_page():
    wanted = {row[0]: int(row[1]) for row in tables("An example, bit by bit")[2][1:]}
    found = {
        "`STEPS`": sum(vdx_decoder.STEPS),
        "`PACE`": sum(vdx_decoder.PACE),
        "`SQUASH`": sum(vdx_decoder.SQUASH.values()),
        "`STRETCH`": sum(vdx_decoder.STRETCH),
    }
    for s, n in enumerate((4, 8, 16, 32)):
        found[f"`M`, *n* = {n}, without signs"] = int(abs(vdx_decoder.cosines(n)).sum())
        assert np.array_equal(vdx_decoder.cosines(n), transform.INVERSE[s, :n, :n])
    assert found == wanted
    assert list(codec.STEPS) == vdx_decoder.STEPS
    assert PACE.tolist() == vdx_decoder.PACE
    assert list(vdx_decoder.SQUASH.values()) == SQUASH[1:].tolist()
    assert STRETCH.tolist() == vdx_decoder.STRETCH


def test_no_value_of_a_table_is_near_the_middle_of_two_integers():
    x, k = np.arange(-2020, 2021), np.arange(257)
    for values in (65536 / (1 + np.exp(-x / 256)), 16 * 2 ** (k / 24), *(256 * m for m in transform.COSINES)):
        assert abs(values % 1 - 0.5).min() > 1e-4


def test_the_example_of_the_page(monkeypatch):
    data, read = bytes.fromhex(GOLDEN["one pixel"]["vdx"]), []

    class Told(vdx_decoder.Bits):
        def read(self, p):
            bit = super().read(p)
            read.append((p, bit))
            return bit

    monkeypatch.setattr(vdx_decoder, "Bits", Told)
    (frame,) = vdx_decoder.decode(data)[1]
    layout, bits, _ = tables("An example, bit by bit")
    assert bytes.fromhex("".join(row[0].strip("`") for row in layout[1:])) == data
    told = [pair for row in bits[1:] for pair in zip(whole(row[-2]), whole(row[-1]), strict=True)]
    assert told == read[: len(told)]
    assert (frame.step, [int(q[0, 0]) for q in frame.levels]) == (22, [163, 209, 192])
    assert [int(plane[0, 0]) for plane in frame.cut()] == [184, 200, 194]
    text = part("An example, bit by bit")
    assert re.findall(r"`STEPS\[11\]` = (\d+)", text) == ["22"]
    assert all(f" {n}" in text for n in (163, 209, 192, 184, 200, 194, 163 * 22))


def test_the_filter_of_the_page():
    d = np.arange(-255, 256)
    for k in (1, 5, 40):
        assert vdx_decoder.flux(d, k).tolist() == [int(filtering.flux.py_func(v, k)) for v in d]
