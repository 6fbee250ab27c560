"""Textured shapes that move over texture: every position, mask, hidden pixel and change of shot is known exactly."""

from fractions import Fraction

import numpy as np

from vdtext.clips.clip import Clip, Truth, as_bytes, bounce
from vdtext.video import Color, default_matrix, luma

__all__ = ["sprites"]

FLASH = 0.7  # a flash takes a picture so far towards white


def sprites(
    *,
    frames=48,
    size=(144, 176),
    count=4,
    speed=2.0,
    noise=0.0,
    cuts=(),
    dissolves=(),
    fades=(),
    flashes=(),
    fps=25,
    seed=0,
    gray=False,
):
    """Discs and rounded squares on a still background, textured, bouncing inside the frame; later ones lie in front.

    Textures are sums of cosines and are evaluated *at the moved point*, so that a shift by a fraction of a pixel is
    exact; a contour is a ramp one pixel wide.  A frame of a transition, w = (t − start + 1) / (stop − start + 1),
    mixes (1 − w)·old + w·new (dissolve) or shows |1 − 2w| of the shot that outweighs (fade through black).  A flash
    shows u + 0.7 (1 − u).  Array = round(255 (u + noise · n)), n standard normal.  The first n frames do not depend on
    how many follow.

    Parameters
    ----------
    frames : int
        Length, ≥ 1.
    size : (int, int)
        Height and width in pixels, ≥ 16.
    count : int
        Shapes in each shot.
    speed : float
        Largest speed in pixels a frame; each shape has between half of it and all of it.
    noise : float
        Standard deviation of added Gaussian noise, in units of the full range.
    cuts : sequence of int
        First frames of new shots.
    dissolves, fades : sequence of (int, int)
        First frame of the transition and first frame after it.
    flashes : sequence of int
        Frames that are lit up.
    fps : Fraction or int
        Frames a second.
    seed : int
        Of textures, shapes, places and noise.
    gray : bool
        Luma only.

    Returns
    -------
    Clip
        uint8, (T, H, W, 3) or (T, H, W).  Its truth holds clean, scene, positions, velocities, masks, flow, occlusion,
        cuts, dissolves, fades and flashes; during a dissolve the geometry is that of the shot that outweighs.

    Raises
    ------
    ValueError
        If the size is too small, or transitions overlap or lie outside of the clip (chapter 11).

    Examples
    --------
    >>> from vdtext import clips
    >>> clip = clips.sprites(frames=6, cuts=[3], seed=1)
    >>> clip.array.shape, clip.truth.scene.tolist(), clip.truth.positions.shape
    ((6, 144, 176, 3), [0, 0, 0, 1, 1, 1], (6, 4, 2))
    >>> clip.truth.occlusion.mean(axis=(1, 2)).round(2).tolist()
    [0.01, 0.01, 1.0, 0.01, 0.01]
    """
    height, width = size
    if min(height, width) < 16 or frames < 1 or count < 0:
        raise ValueError(f"frames={frames}, size={size}, count={count}: at least 1 frame of 16×16 pixels (chapter 11)")
    old, new, weight, gain = _timeline(frames, cuts, dissolves, fades, flashes)
    shots = [
        _Shot(np.random.default_rng([seed, 1 + k]), (height, width), count, speed, frames) for k in range(new[-1] + 1)
    ]
    scene = np.where(weight >= 0.5, new, old)
    clean = np.empty((frames, height, width, 3))
    masks = np.empty((frames, count, height, width), np.float32)
    flow, occlusion = np.zeros((frames - 1, height, width, 2)), np.ones((frames - 1, height, width), bool)
    for t in range(frames):
        clean[t], masks[t] = shots[scene[t]].render(t)
        if old[t] != new[t] and gain[t] == 1:
            clean[t] = (1 - weight[t]) * shots[old[t]].render(t)[0] + weight[t] * shots[new[t]].render(t)[0]
        clean[t] *= gain[t]
        if t in flashes:
            clean[t] += FLASH * (1 - clean[t])
        if t and scene[t - 1] == scene[t]:
            flow[t - 1], occlusion[t - 1] = shots[scene[t]].follow(t - 1)
    matrix = default_matrix(height)
    clean = luma(clean, matrix=matrix) if gray else clean
    rough = clean + noise * np.random.default_rng([seed, 0]).standard_normal(clean.shape) if noise else clean
    each = np.arange(frames)
    truth = Truth(
        cuts=tuple(cuts),
        dissolves=tuple(map(tuple, dissolves)),
        fades=tuple(map(tuple, fades)),
        flashes=tuple(flashes),
        clean=clean,
        scene=scene,
        positions=np.stack([shot.positions for shot in shots])[scene, each],
        velocities=np.stack([shot.velocities for shot in shots])[scene, each],
        masks=masks,
        flow=flow,
        occlusion=occlusion,
    )
    color = Color(matrix, limited=False)
    return Clip("sprites", as_bytes(rough), Fraction(fps), color, f"computed, seed {seed}", "CC0 1.0", truth)


def _timeline(frames, cuts, dissolves, fades, flashes):
    """Per frame: the shot before and after the change it lies in, the weight of the latter, and the brightness."""
    kinds = (([(cut, cut) for cut in cuts], None), (dissolves, False), (fades, True))
    changes = sorted((start, stop, fading) for spans, fading in kinds for start, stop in spans)
    old, new = np.zeros(frames, int), np.zeros(frames, int)
    weight, gain = np.ones(frames), np.ones(frames)
    end = 0
    for shot, (start, stop, fading) in enumerate(changes, start=1):
        if not end < start <= stop < frames or (start == stop) != (fading is None):
            raise ValueError(
                f"change of shot at {(start, stop)}: they must not overlap, within 1…{frames - 1} (chapter 11)"
            )
        end = stop
        old[start:], new[start:] = shot - 1, shot
        old[stop:] = shot
        weight[start:stop] = np.arange(1, stop - start + 1) / (stop - start + 1)
        if fading:
            gain[start:stop] = np.abs(1 - 2 * weight[start:stop])
    if any(not 0 <= flash < frames for flash in flashes):
        raise ValueError(f"flashes={tuple(flashes)}: frames run from 0 to {frames - 1} (chapter 11)")
    return old, new, weight, gain


class _Shot:
    """One background and its sprites, at any time."""

    def __init__(self, rng, size, count, speed, frames):
        self.size = size
        y, x = np.mgrid[: size[0], : size[1]].astype(float)
        base, texture = rng.uniform(0.35, 0.65, 3), _texture(rng, (0.01, 0.2))
        self.background = base + 0.3 * texture(y, x)[..., None] * rng.uniform(0.6, 1.0, 3)
        self.radius = rng.uniform(0.1, 0.17, count) * min(size)
        self.power = rng.choice([2, 6], count)  # disc or rounded square
        self.color = rng.uniform(0.15, 0.85, (count, 3))
        self.texture = [_texture(rng, (0.05, 0.25)) for _ in range(count)]
        angle, pace = rng.uniform(0, 2 * np.pi, count), rng.uniform(speed / 2, speed, count)
        velocity, place = np.stack([np.sin(angle), np.cos(angle)], -1) * pace[:, None], rng.uniform(size=(count, 2))
        self.positions, self.velocities = np.empty((2, frames, count, 2))
        for s in range(count):
            for axis in (0, 1):
                low, high = self.radius[s] + 1, size[axis] - 2 - self.radius[s]
                begin = low + place[s, axis] * (high - low)
                self.positions[:, s, axis], self.velocities[:, s, axis] = bounce(
                    begin, velocity[s, axis], frames, low, high
                )

    def depth(self, s, t, y, x):
        """How far a point lies inside the contour of sprite s at time t, in pixels; negative outside."""
        (row, column), power = self.positions[t, s], self.power[s]
        return self.radius[s] - (np.abs(y - row) ** power + np.abs(x - column) ** power) ** (1 / power)

    def window(self, s, t):
        """The part of the frame that sprite s may touch, and its pixels' coordinates."""
        corner = np.floor(self.positions[t, s] - self.radius[s] - 1).astype(int)
        side = int(2 * self.radius[s]) + 4
        part = tuple(slice(max(c, 0), min(c + side, limit)) for c, limit in zip(corner, self.size, strict=True))
        return part, *np.mgrid[part].astype(float)

    def render(self, t):
        """The picture, (H, W, 3), and the visible share of each sprite, (S, H, W)."""
        picture, masks = self.background.copy(), np.zeros((len(self.radius), *self.size))
        for s in range(len(self.radius)):
            part, y, x = self.window(s, t)
            share = np.clip(self.depth(s, t, y, x) + 0.5, 0, 1)
            row, column = self.positions[t, s]
            room = 0.6 * np.minimum(self.color[s], 1 - self.color[s])
            paint = self.color[s] + room * self.texture[s](y - row, x - column)[..., None]
            picture[part] += share[..., None] * (paint - picture[part])
            masks[(slice(s), *part)] *= 1 - share
            masks[(s, *part)] = share
        return picture, masks

    def follow(self, t):
        """Where each pixel's point goes until t + 1, (H, W, 2), and whether it is hidden or outside there, (H, W)."""
        label = np.full(self.size, -1)
        for s in range(len(self.radius)):
            part, y, x = self.window(s, t)
            label[part][self.depth(s, t, y, x) >= 0] = s
        moves = np.concatenate(
            [self.positions[t + 1] - self.positions[t], np.zeros((1, 2))]
        )  # the last: the background
        flow = moves[label]
        y, x = np.moveaxis(np.indices(self.size) + np.moveaxis(flow, -1, 0), 0, 0)
        hidden = (y < 0) | (y > self.size[0] - 1) | (x < 0) | (x > self.size[1] - 1)
        for s in range(len(self.radius)):
            hidden |= (label < s) & (self.depth(s, t + 1, y, x) >= 0)
        return flow, hidden


def _texture(rng, band, waves=10):
    """A random function of the plane within [−1, 1]: cosines of `band` cycles a pixel, the weaker the finer."""
    frequency = rng.uniform(*band, waves)
    angle, phase = rng.uniform(0, 2 * np.pi, (2, waves))
    weight = (1 / frequency) / np.sum(1 / frequency)

    def texture(y, x):
        total = np.zeros(np.shape(y))
        for f, a, p, w in zip(frequency, angle, phase, weight, strict=True):
            total += w * np.cos(2 * np.pi * f * (np.sin(a) * y + np.cos(a) * x) + p)
        return total

    return texture
