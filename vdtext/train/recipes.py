"""The tasks by name: what each learned chapter trains, with its budget and the number to expect."""

from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
import torch
from torch import nn

from vdtext import clips, footage, gan, heat, metrics, models, video
from vdtext.train.task import Task

__all__ = ["RECIPES", "recipe"]

TESTED = ("carphone", "bikes", "bigbuckbunny")


def recipe(name, **arguments):
    """A task by name.

    Parameters
    ----------
    name : str
        A key of `RECIPES`.
    **arguments
        Of that recipe.

    Returns
    -------
    Task

    Raises
    ------
    ValueError
        If the name is unknown; the known ones are listed.

    Examples
    --------
    >>> recipe("denoise").batch
    16
    """
    if name not in RECIPES:
        raise ValueError(f"no task {name!r}; known: {', '.join(sorted(RECIPES))} (chapter 12)")
    return RECIPES[name](**arguments)


def denoise(*, steps=400, batch=16, size=40, sigma=25 / 255):
    """The smallest task that is real: four layers take white noise off grey frames.  Half a minute on one core.

    Parameters
    ----------
    steps, batch, size : int
        Size is the side of a patch.
    sigma : float
        Of the noise, in units of the full range.

    Returns
    -------
    Task

    Examples
    --------
    >>> sorted(denoise().build())
    ['net']
    """

    def build():
        layers = [nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU()]
        return {
            "net": nn.Sequential(*layers, nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 1, 3, padding=1))
        }

    def sample(number, seed):
        clean = footage.septuplet(number, seed=seed, size=(size, size), gray=True, length=1).array / np.float32(255)
        noise = np.random.default_rng([seed, number, 1]).standard_normal(clean.shape, np.float32)
        return {"clean": clean, "noisy": clean + np.float32(sigma) * noise}

    def loss(networks, batch, rng):
        return {"loss": (batch["noisy"] - networks["net"](batch["noisy"]) - batch["clean"]).square().mean()}

    @torch.no_grad()
    def measure(networks):
        batch = [sample(number, seed=10**6) for number in range(48)]
        clean, noisy = (torch.tensor(np.stack([one[key] for one in batch])) for key in ("clean", "noisy"))
        net = networks["net"].cpu()
        gain = [
            10 * torch.log10((c - n).square().mean() / (c - n + net(n)).square().mean())
            for c, n in zip(clean, noisy, strict=True)
        ]
        return {"gain_db": float(torch.stack(gain).mean())}

    expect = f"a gain of 8.6 dB after {steps} steps, 20 seconds of CPU"
    return Task("denoise", build, {"net": loss}, sample, measure, steps, batch, expect, data=shares)


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


def superres_critic(*, steps=600, batch=4, size=64, factor=2, weight=0.005):
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
        net, critic = gan.Enlarger(factor), gan.Critic(factor)
        weights = models.load(f"superres-{factor}")
        net.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
        return {"critic": critic, "net": net}

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

    def measure(networks):
        net, found = networks["net"].cpu(), {}
        for name in TESTED:
            large, small = gan.shrink(clips.load(name, frames=slice(0, None, 40), gray=True).array, factor)
            ours = gan.enlarge(net, small)
            found[f"{name}_db"] = metrics.psnr(large, ours, data_range=255)
            found[f"{name}_detail"] = gan.detail_distance(large, ours)
        return found

    return replace(
        base,
        name=f"superres-{factor}-critic",
        build=build,
        players={"critic": critic_loss, "net": net_loss},
        measure=measure,
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


def keyframes(*, steps=1500, batch=8, size=64):
    """The frame between two frames, with the loss of pixels (chapter 12).

    Parameters
    ----------
    steps, batch, size : int
        Size is the side of a patch.

    Returns
    -------
    Task

    Examples
    --------
    >>> keyframes().name
    'keyframes'
    """

    def sample(number, seed):
        before, wanted, after = footage.septuplet(number, seed=seed, size=(size, size), gray=True, length=3).array
        return {"seen": gan.candidates(before, after), "wanted": wanted[None] / np.float32(255)}

    def loss(networks, batch, rng):
        return {"loss": gan.pixel_loss(networks["net"](batch["seen"]), batch["wanted"])}

    def measure(networks):
        net, found = networks["net"].cpu(), {}
        for name, start in (("carphone", 10), ("bikes", 80), ("bigbuckbunny", 20)):
            clip = clips.load(name, frames=slice(start, start + 9), gray=True).array
            wanted = clip[1::2]
            ours, bar = gan.fill(net, clip), gan.fill(gan.Between(), clip)
            found[name] = metrics.psnr(wanted, ours, data_range=255) - metrics.psnr(wanted, bar, data_range=255)
        return found

    expect = f"some tenths of a decibel above the warped frames' mean after {steps} steps, 6 minutes of CPU"
    return Task(
        "keyframes",
        lambda: {"net": gan.Between()},
        {"net": loss},
        sample,
        measure,
        steps,
        batch,
        expect,
        warmup=50,
        last=0.02,
        data=shares,
        arguments={"size": size},
    )


def game(critic, generator, *, penalty, scores):
    """The two players of clips: who minimises what, for `Task`; `scores` is how many the critic gives a clip."""

    def made(networks, batch, rng):
        return networks["generator"](torch.randn(len(batch), gan.NOISE, generator=rng, device=batch.device))

    def critic_loss(networks, batch, rng):
        fake = made(networks, batch, rng).detach()
        slope = gan.gradient_penalty(networks["critic"], batch) / scores  # of one score
        loss = gan.critic_loss(networks["critic"](batch), networks["critic"](fake), kind="non-saturating")
        return {"loss": loss + penalty * slope, "r1": slope}

    def generator_loss(networks, batch, rng):
        return {"loss": gan.generator_loss(networks["critic"](made(networks, batch, rng)), kind="non-saturating")}

    players = {"critic": critic_loss, "generator": generator_loss}
    return {"build": lambda: {"critic": critic(), "generator": generator()}, "players": players, "keep": ("generator",)}


def sprites(*, steps=1500, batch=32, critic="video", penalty=0.05):
    """Clips of a small bouncing digit, made by a generator that plays against a critic of frames or of clips.

    The centre of mass is measured alike on true and on generated clips.  A quarter of the truth's acceleration is the
    trembling of coarse pixels (see `vdtext.gan.ball`); beside the digit's own path the generator's, `places`, has
    about 1.4 times the acceleration.

    Parameters
    ----------
    steps, batch : int
    critic : {"video", "frame"}
    penalty : float
        γ of R₁.  A small one: a tenth of a pixel more or less changes a picture little, and a critic whose slope is
        held down much more does not see it.

    Returns
    -------
    Task

    Examples
    --------
    >>> sprites(critic="frame").name
    'moving-frame'
    """
    judge, scores = {"video": (gan.SpriteCritic, 1), "frame": (gan.SpriteFrameCritic, gan.FRAMES)}[critic]

    @lru_cache(maxsize=4096)
    def seen(number, seed):
        return np.rint(255 * gan.ball(number, seed=seed, side=gan.SPRITE)).astype(np.uint8)

    def measure(networks):
        truth = gan.motion(np.stack([gan.ball(number, seed=10**6, side=gan.SPRITE)[0] for number in range(512)]))
        found = gan.motion(gan.generate(networks["generator"].cpu(), 512, seed=0))
        return {name: getattr(found, name) / getattr(truth, name) for name in ("speed", "acceleration", "mass")}

    adam = partial(torch.optim.Adam, lr=1e-3, betas=(0.0, 0.99))
    hopes = {"video": "both within 20 % of the truth's", "frame": "far above the truth's"}
    return Task(
        f"moving-{critic}",
        sample=lambda number, seed: seen(number % 4096, seed) / np.float32(255),
        measure=measure,
        steps=steps,
        batch=batch,
        expect=f"speed and acceleration: {hopes[critic]} after {steps} steps, a minute of CPU",
        optimisers={"critic": adam, "generator": adam},
        ema=0.998,
        warmup=50,
        last=0.5,
        arguments={"critic": critic, "penalty": penalty},
        **game(judge, gan.SpriteGenerator, penalty=penalty, scores=scores),
    )


def filmed(*, steps=1200, batch=8, critic="video", penalty=2.0):
    """Small clips like those of the training footage, made against a critic of frames or of clips (chapter 12).

    Parameters
    ----------
    steps, batch : int
    critic : {"video", "frame"}
    penalty : float
        γ of R₁.

    Returns
    -------
    Task

    Examples
    --------
    >>> filmed().name
    'clips-video'
    """
    judge, scores = {"video": (gan.VideoCritic, 1), "frame": (gan.FrameCritic, gan.FRAMES)}[critic]

    def sample(number, seed):
        size = (2 * gan.SIDE, 2 * gan.SIDE)
        clip = footage.septuplet(number, seed=seed, size=size, gray=True, length=gan.FRAMES).array
        return video.resize(clip, size=(gan.SIDE, gan.SIDE))[None] / np.float32(255)

    def measure(networks):
        sides = {
            "truth": gan.changes(np.stack([sample(number, seed=10**6)[0] for number in range(256)])),
            "found": gan.changes(gan.generate(networks["generator"].cpu(), 256, seed=0)),
        }
        names = ("first", "second", "contrast")
        return {f"{side}_{name}": getattr(sides[side], name) for side in sides for name in names}

    adam = partial(torch.optim.Adam, lr=5e-4, betas=(0.0, 0.99))
    return Task(
        f"clips-{critic}",
        sample=sample,
        measure=measure,
        steps=steps,
        batch=batch,
        expect="changes beside the truth's: see the chapter",
        optimisers={"critic": adam, "generator": adam},
        ema=0.995,
        warmup=50,
        data=shares,
        arguments={"critic": critic, "penalty": penalty},
        **game(judge, gan.ClipGenerator, penalty=penalty, scores=scores),
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


RECIPES = {
    "denoise": denoise,
    "superres-2": superres,
    "superres-4": partial(superres, factor=4),
    "superres-2-critic": superres_critic,
    "superres-4-critic": partial(superres_critic, factor=4, weight=0.05),
    "deblur": deblur,
    "keyframes": keyframes,
    "moving-video": sprites,
    "moving-frame": partial(sprites, critic="frame"),
    "clips-video": filmed,
    "clips-frame": partial(filmed, critic="frame"),
}
