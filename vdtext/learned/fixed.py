"""The decoder in integers: the trained network, rounded, and the walk through its groups that both sides make."""

from dataclasses import dataclass, field, replace

import numpy as np

from vdtext import integer
from vdtext.learned.network import AROUND, CHANNELS, GREY, GROUPS, LEVELS, SCALES, SIDE, SIDE_CHANNELS, blocks

__all__ = ["CORNER", "FINE", "UNIT", "Decoder", "along", "convolve", "digits", "nearest", "shuffle", "steps_of", "walk"]

UNIT, FINE = 64, 256
"""Integers for one step of the quantiser, in the prior; for one unit of GREY grey levels, in the transform."""
STEP_BITS = 10
CORNER = 64
"""The step of the corners, in 1/64 of the others'."""
QUALITIES = 101
WIDE, HIDDEN = 16383, 65535
LAYERS = {"features": (1, UNIT, 0, WIDE, 1023)}
LAYERS |= {f"groups.{k}.0": (UNIT, UNIT, 0, HIDDEN, WIDE) for k in range(len(GROUPS))}
LAYERS |= {f"groups.{k}.2": (UNIT, UNIT, -(1 << 17), 1 << 17, HIDDEN) for k in range(len(GROUPS))}
LAYERS |= {"unlapped": (FINE, FINE, -4095, 4095, WIDE)}
LAYERS |= {name: (FINE, FINE, 0, WIDE, WIDE) for name in ("coarse", "middle", "fine")}
LAYERS |= {"last": (FINE, FINE, -4095, 4095, WIDE)}
"""By name: integers for one unit of input and output, least and largest output, largest input."""


def convolve(x, layer, *, most):
    """A layer whose sums may be too long for float32: then its inputs are split into digits of k bits.

    .. math:: w * x = 2^k\\,(w * ⌊x/2^k⌋) + w * (x \\bmod 2^k)

    The upper part is split again while it is too long; k is the largest with sums that are exact.

    Parameters
    ----------
    x : ndarray, shape (C, H, W), integers
    layer : vdtext.integer.Layer
    most : int
        Largest magnitude of `x`.

    Returns
    -------
    ndarray, shape (O, H, W), int32
        That of :func:`vdtext.integer.convolve`.

    Examples
    --------
    >>> layer = integer.Layer(np.full((1, 1, 1, 1), 9999, np.int16), np.zeros(1, np.int32), 4, -(1 << 20), 1 << 20)
    >>> convolve(np.array([[[1000, -1000]]]), layer, most=16383).tolist()  # 9 999 000 / 16
    [[[624938, -624937]]]
    """
    if integer.largest(layer, most) < integer.EXACT:
        return integer.run([layer], x, most=most)
    bound, x = integer.EXACT - 1, np.asarray(x)
    plain = replace(layer, bias=np.zeros_like(layer.bias), shift=0, low=-bound, high=bound)
    k = int(np.log2(bound / max(integer.largest(plain, 1), 1)))
    sums, place = layer.bias[:, None, None].astype(np.int64), 0
    while integer.largest(plain, most) > bound:
        sums = sums + (integer.run([plain], x & ((1 << k) - 1), most=(1 << k) - 1).astype(np.int64) << place)
        x, most, place = x >> k, (most >> k) + 1, place + k
    sums = sums + (integer.run([plain], x, most=most).astype(np.int64) << place)
    rounded = (sums + (1 << layer.shift >> 1)) >> layer.shift
    return np.clip(rounded, layer.low, layer.high).astype(np.int32)


def digits(layer, most):
    """In how many digits :func:`convolve` splits its inputs.

    Parameters
    ----------
    layer : vdtext.integer.Layer
    most : int

    Returns
    -------
    int

    Examples
    --------
    >>> digits(integer.Layer(np.full((1, 1, 1, 1), 9999, np.int16), np.zeros(1, np.int32), 4, 0, 9), 16383)
    2
    """
    if integer.largest(layer, most) < integer.EXACT:
        return 1
    plain, count = replace(layer, bias=np.zeros_like(layer.bias), shift=0), 1
    k = int(np.log2((integer.EXACT - 1) / max(integer.largest(plain, 1), 1)))
    while integer.largest(plain, most) >= integer.EXACT:
        most, count = (most >> k) + 1, count + 1
    return count


def nearest(weights, bias, *, scale, out, low, high, digit=7):
    """The integer layer nearest to one of floats, with as many bits as 16-bit weights and the sums allow.

    Parameters
    ----------
    weights, bias, scale, out, low, high
        As in :func:`vdtext.integer.layer`.
    digit : int
        Bits of a digit that :func:`convolve` shall be able to sum: fewer leave more for the weights.

    Returns
    -------
    vdtext.integer.Layer

    Examples
    --------
    >>> nearest([[[[0.5]]]], [0.25], scale=64, out=64, low=0, high=99).shift
    14
    """
    found = np.abs(np.asarray(weights, float)) * out / scale
    room = min(
        32000 / max(found.max(), 1e-9), integer.EXACT / ((1 << digit) + 2) / max(found.sum((1, 2, 3)).max(), 1e-9)
    )
    shift = int(np.clip(np.floor(np.log2(room)), 0, 14))
    return integer.layer(weights, bias, scale=scale, out=out, shift=shift, low=low, high=high)


def shuffle(x, factor):
    """Channels become pixels: (C·f², H, W) → (C, f·H, f·W).

    Parameters
    ----------
    x : ndarray
    factor : int

    Returns
    -------
    ndarray

    Examples
    --------
    >>> shuffle(np.arange(4).reshape(4, 1, 1), 2).tolist()
    [[[0, 1], [2, 3]]]
    """
    c, h, w = x.shape[0] // factor**2, *x.shape[1:]
    return x.reshape(c, factor, factor, h, w).transpose(0, 3, 1, 4, 2).reshape(c, factor * h, factor * w)


def steps_of(logarithms):
    """Steps of each quality and channel, in integers.

    Parameters
    ----------
    logarithms : ndarray, shape (6, 64)
        Natural logarithms of the steps of the six levels, in units of GREY.

    Returns
    -------
    ndarray, shape (101, 64), uint16
        In units of 1/4096.

    Examples
    --------
    >>> steps_of(np.log(np.full((6, 64), 0.5)))[[0, 100], 0].tolist()
    [2048, 2048]
    """
    level = np.linspace(LEVELS - 1, 0, QUALITIES)
    low = np.minimum(level.astype(int), LEVELS - 2)
    part = (level - low)[:, None]
    steps = np.exp((1 - part) * logarithms[low] + part * logarithms[low + 1])
    return np.clip(np.rint(steps * FINE / UNIT * (1 << STEP_BITS)), 1, 65535).astype(np.uint16)


@dataclass(frozen=True, eq=False)
class Decoder:
    """What a decoder needs: layers, steps and frequencies, all of them integers.

    Attributes
    ----------
    layers : dict of str to vdtext.integer.Layer
    steps : ndarray, shape (101, 64), uint16
    table : ndarray, shape (48 + 6·12, 64), uint16
        Frequencies of the numbers by index of their scale; then those of the side information by level and channel.

    Examples
    --------
    >>> import torch
    >>> from vdtext.learned.network import Transform
    >>> decoder = Decoder.of(Transform())
    >>> decoder.synthesise(np.zeros((64, 2, 3), np.int32), 50).shape
    (16, 24)
    """

    layers: dict
    steps: np.ndarray
    table: np.ndarray
    names: tuple = field(default=tuple(LAYERS), repr=False)

    @classmethod
    def of(cls, network, table=None):
        """Round a trained network; `table` is filled with its logistic densities unless given."""
        found = {name: value.detach().cpu().numpy() for name, value in network.state_dict().items()}
        layers = {}
        for name, (scale, out, low, high, _) in LAYERS.items():
            digit = 5 if name.endswith(".2") else 7  # means need precise weights: their inputs are large
            about = {"scale": scale, "out": out, "low": low, "high": high, "digit": digit}
            layers[name] = nearest(found[f"{name}.weight"], found[f"{name}.bias"], **about)
        if table is None:
            from vdtext.learned.tables import densities

            table = densities(*(value.detach().cpu().numpy() for value in network.known()))
        return cls(layers, steps_of(found["steps.logarithm"]), table)

    def arrays(self):
        """All of it by name, for `vdtext.models.register`."""
        found = {"steps": self.steps, "table": self.table}
        for name, layer in self.layers.items():
            found |= {f"{name}.weights": layer.weights, f"{name}.bias": layer.bias}
            found[f"{name}.shift"] = np.array([layer.shift], np.int32)
        return found

    @classmethod
    def load(cls, arrays):
        """The decoder of what :meth:`arrays` gave."""
        layers = {
            name: integer.Layer(
                arrays[f"{name}.weights"], arrays[f"{name}.bias"], int(arrays[f"{name}.shift"][0]), low, high
            )
            for name, (_, _, low, high, _) in LAYERS.items()
        }
        return cls(layers, arrays["steps"], arrays["table"])

    def apply(self, name, x):
        """One layer, with its inputs brought within their bounds."""
        most = LAYERS[name][4]
        return convolve(np.clip(x, -most, most), self.layers[name], most=most)

    def features(self, z, quality, height, width):
        """What the side information says to every block, and the quality as one more channel."""
        found = shuffle(self.apply("features", z), 2)[:, :height, :width]
        plane = np.full((1, height, width), 16 * (QUALITIES - 1 - quality) // 5, np.int32)
        return np.concatenate([found, plane])

    def believe(self, number, features, coded):
        """(means in 1/64 steps, indices of scales) of a group, from what was decoded before it."""
        first, last, which = GROUPS[number]
        seen = max((end for _, end, _ in GROUPS[:number]), default=0)
        context = np.sign(coded[:seen]) * np.minimum(abs(coded[:seen]), 2 * UNIT + (abs(coded[:seen]) >> 3))
        hidden = self.apply(f"groups.{number}.0", np.concatenate([features, context]))
        found = self.apply(f"groups.{number}.2", hidden)
        mean, index = found[: last - first], (found[last - first :] + UNIT // 2) // UNIT
        if seen and which in AROUND and last == 1:
            h, w = coded.shape[1:]
            done = blocks(h, w, "black" if which == "white" else "corners")
            pair = np.pad(np.stack([coded[0], done]), ((0, 0), (1, 1), (1, 1)))
            total, count = sum(pair[:, i : i + h, j : j + w] for i, j in AROUND[which])
            mean[0] += (2 * total + count) // np.maximum(2 * count, 1)
        index += int(4 * np.log2(UNIT / CORNER)) * (number == 0)
        return mean, np.clip(index, 0, SCALES - 1)

    def synthesise(self, coded, quality):
        """Luma, uint8, of numbers in 1/64 steps, shape (64, H/8, W/8)."""
        steps = self.steps[quality].astype(np.int64)[:, None, None]
        y = np.clip((coded * steps + (1 << STEP_BITS - 1)) >> STEP_BITS, -WIDE, WIDE)
        straight = shuffle(self.apply("unlapped", y), 4)
        found = shuffle(self.apply("coarse", y), 2)
        found = shuffle(self.apply("middle", found), 2)
        found = self.apply("fine", np.concatenate([found, straight]))
        sums = shuffle(straight + self.apply("last", found), 2)[0]
        scale = int(FINE / GREY)
        return np.clip(((sums + scale // 2) // scale) + 128, 0, 255).astype(np.uint8)

    def macs(self):
        """Multiplications a pixel: (of the prior, of the transform); a layer counts once for each digit."""
        cells = {"features": 4 * SIDE**2, "middle": 16, "fine": 4, "last": 4}
        sums = [0.0, 0.0]
        for name, layer in self.layers.items():
            prior = name.startswith(("features", "groups"))
            sums[not prior] += digits(layer, LAYERS[name][4]) * layer.weights.size / cells.get(name, SIDE**2)
        return tuple(sums)


def along(mean, choose):
    """From corner to corner: each is guessed from those to the left, above, and both.

    .. math:: g = \\operatorname{median}(l,\\ a,\\ l + a − b)

    Parameters
    ----------
    mean : ndarray, shape (h, w), integers
        What the prior adds to the guess, in 1/64 steps.
    choose : callable
        (i, j, mean) → the whole number that is sent there.

    Returns
    -------
    (ndarray, ndarray)
        The numbers, and what they become, in 1/64 steps; int64.

    References
    ----------
    Weinberger, Seroussi, Sapiro, "The LOCO-I lossless image compression algorithm", IEEE Trans. Image Processing 9
    (2000), doi:10.1109/83.855427.

    Examples
    --------
    >>> (along(np.zeros((2, 2), int), lambda i, j, m: 1)[1] // CORNER).tolist()
    [[1, 2], [2, 3]]
    """
    (h, w), sent = mean.shape, np.zeros(mean.shape, np.int64)
    coded = sent.copy()
    for i in range(h):
        for j in range(w):
            left = int(coded[i, j - 1]) if j else int(coded[i - 1, j]) if i else 0
            above = int(coded[i - 1, j]) if i else left
            both = int(coded[i - 1, j - 1]) if i and j else left if j else above
            guess = max(min(left + above - both, max(left, above)), min(left, above))
            found = int(mean[i, j]) + guess
            sent[i, j] = choose(i, j, found)
            coded[i, j] = CORNER * sent[i, j] + found
    return sent, coded


def walk(decoder, quality, height, width, ask):
    """The numbers of a picture in the order of the stream: the same walk for encoder and decoder.

    Parameters
    ----------
    decoder : Decoder
    quality : int
        0 to 100.
    height, width : int
        In blocks; both even.
    ask : callable
        (group, mean, rows, here) → whole numbers in the shape of `rows`: the encoder decides them, the decoder reads
        them.  The group −1 is the side information, which has no mean.

    Returns
    -------
    ndarray, shape (64, height, width), int64
        In 1/64 steps.

    References
    ----------
    Minnen, Singh, "Channel-wise autoregressive entropy models for learned image compression", ICIP 2020,
    arXiv:2007.08739.  He et al., "Checkerboard context model for efficient learned image compression", CVPR 2021,
    arXiv:2103.15306.

    Examples
    --------
    >>> from vdtext.learned.network import Transform
    >>> walk(Decoder.of(Transform()), 50, 2, 4, lambda group, mean, rows, here: np.zeros(rows.shape, int)).shape
    (64, 2, 4)
    """
    level = round((QUALITIES - 1 - quality) * (LEVELS - 1) / (QUALITIES - 1))
    rows = SCALES + level * SIDE_CHANNELS + np.arange(SIDE_CHANNELS)
    z = ask(-1, None, np.broadcast_to(rows[:, None, None], (SIDE_CHANNELS, height // 2, width // 2)), None)
    features = decoder.features(z, quality, height, width)
    coded = np.zeros((CHANNELS, height, width), np.int64)
    for number, (first, last, which) in enumerate(GROUPS):
        here = blocks(height, width, which)
        mean, index = decoder.believe(number, features, coded)
        n = ask(number, mean[:, here], index[:, here], here)
        if number == 0:
            n = n.reshape(height // 2, width // 2)
            coded[0, ::2, ::2] = along(mean[0, ::2, ::2], lambda i, j, m, n=n: n[i, j])[1]
        else:
            coded[first:last, here] = UNIT * n.astype(np.int64) + mean[:, here]
    return coded
