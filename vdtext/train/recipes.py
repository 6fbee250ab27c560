"""The tasks by name: what each learned chapter trains, with its budget and the number to expect."""

from functools import lru_cache, partial

import numpy as np
import torch
from torch import nn

from vdtext import footage, gan, video
from vdtext.train import coding
from vdtext.train.enhancing import deblur, keyframes, shares, superres, superres_critic, superres_features
from vdtext.train.film import film
from vdtext.train.task import Task

__all__ = ["RECIPES", "recipe"]


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


RECIPES = {
    "codec-13": film,
    "denoise": denoise,
    "superres-2": superres,
    "superres-4": partial(superres, factor=4),
    "superres-4-features": superres_features,
    "superres-4-critic": superres_critic,
    "deblur": deblur,
    "keyframes": keyframes,
    "moving-video": sprites,
    "moving-frame": partial(sprites, critic="frame"),
    "clips-video": filmed,
    "clips-frame": partial(filmed, critic="frame"),
    **coding.RECIPES,
}
