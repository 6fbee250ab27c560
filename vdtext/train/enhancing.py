"""Tasks of enhancement: pictures enlarged and sharpened, frames between frames (chapter 12)."""

from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
import torch

from vdtext import clips, footage, gan, heat, metrics, models, motion
from vdtext.train.task import Task

__all__ = ["deblur", "keyframes", "shares", "superres", "superres_critic", "superres_features"]

TESTED = ("carphone", "bikes", "bigbuckbunny")


def superres(*, steps=4000, batch=8, size=64, factor=2):
    """Enlarging luma by a factor, with the loss of pixels (chapter 12).

    Parameters
    ----------
    steps, batch, size : int
        Size is the side of the large patch.
    factor : int
        2 to 4.

    Returns
    -------
    Task

    Examples
    --------
    >>> superres(factor=3).name
    'superres-3'
    """

    def sample(number, seed):
        frame = footage.septuplet(number, seed=seed, size=(size, size), gray=True, length=1).array[0]
        large, small = gan.shrink(frame, factor)
        return {"large": large[None] / np.float32(255), "small": small[None] / np.float32(255)}

    def loss(networks, batch, rng):
        return {"loss": gan.pixel_loss(networks["net"](batch["small"]), batch["large"], margin=4 * factor)}

    def measure(networks):
        return gains(networks["net"].cpu(), factor)

    return Task(
        f"superres-{factor}",
        lambda: {"net": gan.Enlarger(factor)},
        {"net": loss},
        sample,
        measure,
        steps,
        batch,
        f"1 to 3 dB above Lanczos after {steps} steps, 8 minutes of CPU",
        warmup=100,
        last=0.02,
        data=shares,
        arguments={"factor": factor, "size": size},
    )


def deblur(*, steps=1500, batch=8, size=64, time=1.0):
    """Running the heat equation backwards on luma of 8 bits, with the loss of pixels (chapter 12).

    Parameters
    ----------
    steps, batch, size : int
        Size is the side of a patch.
    time : float
        How long heat has flowed, in pixel²; the blur has the standard deviation √(2 time).

    Returns
    -------
    Task

    Examples
    --------
    >>> deblur().arguments
    {'size': 64, 'time': 1.0}
    """

    def soften(clip):
        return np.rint(255 * heat.diffuse(clip / 255, time)).astype(np.uint8)

    def sample(number, seed):
        frame = footage.septuplet(number, seed=seed, size=(size, size), gray=True, length=1).array[0]
        return {"sharp": frame[None] / np.float32(255), "soft": soften(frame)[None] / np.float32(255)}

    def loss(networks, batch, rng):
        return {"loss": gan.pixel_loss(networks["net"](batch["soft"]), batch["sharp"])}

    def measure(networks):
        net, found = networks["net"].cpu(), {}
        for name in TESTED:
            sharp = clips.load(name, frames=slice(0, None, 40), gray=True).array
            soft = soften(sharp)
            ours = gan.enlarge(net, soft)
            found[name] = metrics.psnr(sharp, ours, data_range=255) - metrics.psnr(sharp, soft, data_range=255)
        return found

    return Task(
        "deblur",
        lambda: {"net": gan.Enlarger(1, width=20, blocks=3)},
        {"net": loss},
        sample,
        measure,
        steps,
        batch,
        f"3 to 10 dB above the blurred clip after {steps} steps, 4 minutes of CPU",
        warmup=100,
        last=0.02,
        data=shares,
        arguments={"size": size, "time": time},
    )


def superres_critic(*, steps=600, batch=4, size=64, factor=4, weight=0.05):
    """The enlarger goes on from the weights of `superres`, with a critic beside the loss of pixels (chapter 12).

    Parameters
    ----------
    steps, batch, size, factor : int
        As in `superres`.
    weight : float
        Of the critic's opinion, beside the mean absolute error.

    Returns
    -------
    Task

    Examples
    --------
    >>> superres_critic().keep
    ('net',)
    """
    base = superres(steps=steps, batch=batch, size=size, factor=factor)

    def build():
        return {"critic": gan.Critic(factor), "net": learned(factor)}

    def critic_loss(networks, batch, rng):
        small, critic = batch["small"], networks["critic"]
        with torch.no_grad():
            fake = networks["net"](small)
        slope = gan.gradient_penalty(lambda large: critic(large, small).mean((1, 2, 3)), batch["large"])
        real, made = critic(batch["large"], small), critic(fake, small)
        return {"loss": gan.critic_loss(real, made, kind="non-saturating") + slope, "r1": slope}

    def net_loss(networks, batch, rng):
        found = networks["net"](batch["small"])
        pixels = gan.pixel_loss(found, batch["large"], margin=4 * factor)
        opinion = gan.generator_loss(networks["critic"](found, batch["small"]), kind="non-saturating")
        return {"loss": pixels + weight * opinion, "pixels": pixels, "opinion": opinion}

    return replace(
        base,
        name=f"superres-{factor}-critic",
        build=build,
        players={"critic": critic_loss, "net": net_loss},
        measure=lambda networks: both(networks["net"].cpu(), factor),
        expect=f"a smaller distance of details, for some decibels, after {steps} steps",
        keep=("net",),
        optimisers={
            "critic": partial(torch.optim.Adam, lr=5e-4, betas=(0.0, 0.99)),
            "net": partial(torch.optim.Adam, lr=2e-4, betas=(0.0, 0.99)),
        },
        ema=0.99,
        warmup=20,
        arguments={"factor": factor, "size": size, "weight": weight},
    )


def superres_features(*, steps=600, batch=4, size=64, factor=4, weight=0.05):
    """The enlarger goes on from the weights of `superres`, with a loss of features beside that of pixels (chapter 12).

    Parameters
    ----------
    steps, batch, size, factor : int
        As in `superres`.
    weight : float
        Of the loss of features, beside the mean absolute error.

    Returns
    -------
    Task

    Examples
    --------
    >>> superres_features().name
    'superres-4-features'
    """
    base, features = superres(steps=steps, batch=batch, size=size, factor=factor), gan.Features()
    inner = (..., slice(4 * factor, -4 * factor), slice(4 * factor, -4 * factor))

    def loss(networks, batch, rng):
        found, wanted = networks["net"](batch["small"]), batch["large"]
        pixels = gan.pixel_loss(found, wanted, margin=4 * factor)
        seen = gan.feature_loss(features.to(found.device), found[inner], wanted[inner])
        return {"loss": pixels + weight * seen, "pixels": pixels, "features": seen}

    return replace(
        base,
        name=f"superres-{factor}-features",
        build=lambda: {"net": learned(factor)},
        players={"net": loss},
        measure=lambda networks: both(networks["net"].cpu(), factor),
        expect=f"between the pixels' and the critic's, after {steps} steps, a minute of CPU",
        optimisers={"net": partial(torch.optim.Adam, lr=5e-4)},
        ema=0.99,
        warmup=20,
        arguments={"factor": factor, "size": size, "weight": weight},
    )


def keyframes(*, steps=1500, batch=8, size=96):
    """The frame between two frames, with the mean logarithm of the squared error, which is what PSNR is (chapter 12).

    Parameters
    ----------
    steps, batch, size : int
        Size is the side of a patch; optical flow needs room.

    Returns
    -------
    Task

    Examples
    --------
    >>> keyframes().name
    'keyframes'
    """

    @lru_cache(maxsize=2048)
    def seen(number, seed):
        before, wanted, after = footage.septuplet(number, seed=seed, size=(size, size), gray=True, length=3).array
        return gan.candidates(before, after).astype(np.float16), wanted[None] / np.float32(255)

    def sample(number, seed):
        found, wanted = seen(number % 2048, seed)
        return {"seen": found.astype(np.float32), "wanted": wanted}

    def loss(networks, batch, rng):
        error = (networks["net"](batch["seen"]) - batch["wanted"])[..., 8:-8, 8:-8].square().mean((1, 2, 3))
        return {"loss": torch.log(error + 1e-5).mean(), "pixels": error.sqrt().mean()}

    return Task(
        "keyframes",
        lambda: {"net": gan.Between()},
        {"net": loss},
        sample,
        lambda networks: filled(networks["net"].cpu()),
        steps,
        batch,
        f"some tenths of a decibel above chapter 9's mean along the motion after {steps} steps, 8 minutes of CPU",
        warmup=100,
        last=0.02,
        clip=1.0,
        data=shares,
        arguments={"size": size, "samples": 2048},
    )


def gains(net, factor):
    """Decibels above Lanczos on every 20th frame of the clips that the book tests on."""
    found = {}
    for name in TESTED:
        frames = clips.load(name, frames=slice(0, None, 20), gray=True).array
        large, small = gan.shrink(frames, factor)
        ours, bar = gan.enlarge(net, small), gan.lanczos(small, factor)
        found[name] = metrics.psnr(large, ours, data_range=255) - metrics.psnr(large, bar, data_range=255)
    return found


def shares():
    """Which part of the training set comes from which source."""
    return footage.tally(300, seed=0, size=(48, 48))


def learned(factor):
    """The enlarger that has learned with the loss of pixels."""
    net = gan.Enlarger(factor)
    net.load_state_dict({name: torch.from_numpy(array) for name, array in models.load(f"superres-{factor}").items()})
    return net


def both(net, factor):
    """Error and likeness on every 40th frame of the clips that the book tests on."""
    found = {}
    for name in TESTED:
        large, small = gan.shrink(clips.load(name, frames=slice(0, None, 40), gray=True).array, factor)
        ours = gan.enlarge(net, small)
        found[f"{name}_db"] = metrics.psnr(large, ours, data_range=255)
        found[f"{name}_detail"] = gan.detail_distance(large, ours)
    return found


def filled(net):
    """Decibels of frames that were made again, on average: plain mean, along the motion (chapter 9), network."""
    found = {}
    for name, start in (("carphone", 10), ("bikes", 80), ("bigbuckbunny", 20)):
        size = (360, 640) if name == "bigbuckbunny" else None
        clip = clips.load(name, frames=slice(start, start + 9), size=size, gray=True).array
        a, b, wanted = clip[:-2:2] / 255, clip[2::2] / 255, clip[1::2] / 255
        flows = [motion.flow(x, y, method="dis") for x, y in zip(clip[:-2:2], clip[2::2], strict=True)]
        along = [motion.between(x, y, flow=flow) for x, y, flow in zip(a, b, flows, strict=True)]
        for label, made in (("mixed", (a + b) / 2), ("along", along), ("network", gan.fill(net, clip) / 255)):
            errors = np.mean((np.asarray(made) - wanted) ** 2, axis=(1, 2))
            found[f"{name}_{label}"] = float(np.mean(-10 * np.log10(errors)))
    return found
