"""Recipes for the learned codecs (chapter 13).

The test pictures were looked at while the design was chosen: sizes, learning rates, and ``learned.doors.ZONE``.  No
network was trained on them, but what is measured on them is a little too good.
"""

import json
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import cv2
import numpy as np
import torch

from vdtext import clips, footage, learned, metrics
from vdtext.learned.network import GREY, LEVELS, MIDDLE, STEPS, TRADE
from vdtext.train.loop import train
from vdtext.train.task import Task

__all__ = ["RECIPES", "ladder", "multiplications", "transform"]

RENDERED, POOL = ("sprites", "digits"), 4096
RESIDUALS = 0.35
"""Share of the patches that are what the prediction from the frame before missed."""
SEEN = "carphone, bikes, bigbuckbunny: looked at while the design was chosen, not trained on"


@cache
def picture(number, seed, length=1):
    """Photographed luma of 176×176 pixels, uint8; of two frames the residual of the second, plus 128."""
    for k in range(4):
        drawn = footage.septuplet(4 * number + k, seed=seed, size=(176, 176), gray=True, length=length)
        if drawn.source not in RENDERED:
            break
    return drawn.array[0] if length == 1 else learned.residual(*drawn.array)


def patch(number, seed, size):
    """A patch of one of `POOL` pictures, of which every other one is taken twice as large and halved; or a residual."""
    rng = np.random.default_rng([seed, number, 7])
    place, half, missed = int(rng.integers(POOL)), int(rng.integers(2)), rng.random() < RESIDUALS
    frame, side = picture(place, seed, 1 + missed), size * (1 + (half and not missed))
    y, x = rng.integers(0, np.subtract(frame.shape, side) + 1)
    return cv2.resize(frame[y : y + side, x : x + side], (size, size), interpolation=cv2.INTER_AREA)


def adam(parameters):
    """Adam; the linear transforms, which begin as cosines, move at a twentieth of the others' rate."""
    groups = {True: [], False: []}
    for parameter in parameters:
        groups[tuple(parameter.shape) == (64, 64, 3, 3)].append(parameter)
    return torch.optim.Adam([{"params": groups[linear], "lr": 1e-4 if linear else 2e-3} for linear in (True, False)])


def files(networks, *, pictures=40):
    """Integers for the decoder, with tables of what occurs in pictures of the training set; halves for the encoder."""
    net = networks["net"].cpu().eval()
    rough, found = learned.Decoder.of(net), []
    for number in range(pictures):
        given = picture(number, 0, 1 + (number % 3 == 2))
        for quality in range(number % 4 * 5, 101, 20):
            found.append(learned.numbers(given, quality, model=(rough, net)))
    values, rows = (np.concatenate([getattr(one, name) for one in found]) for name in ("values", "rows"))
    decoder = replace(rough, table=learned.counted(values, rows, rough.table))
    mine = ("lapped.", "look.", "summary.")
    halves = {k: v.numpy().astype(np.float16) for k, v in net.state_dict().items() if k.startswith(mine)}
    return {learned.MODEL: decoder.arrays(), f"{learned.MODEL}-analysis": halves}


def transform(*, steps=8000, batch=8, size=64, prior="context", attention=False, name=None):
    """The transform of chapter 13 with its prior, at six qualities.

    Parameters
    ----------
    steps, batch, size : int
        Size is the side of a patch.
    prior, attention
        As of `vdtext.learned.Transform`.
    name : str, optional

    Returns
    -------
    Task

    Examples
    --------
    >>> transform(prior="hyper").name
    'transform-hyper'
    """

    def sample(number, seed):
        level = np.random.default_rng([seed, number, 8]).integers(LEVELS)
        return {"x": patch(number, seed, size)[None], "level": np.float32(level)}

    def loss(networks, batch, rng):
        x = (batch["x"].float() - MIDDLE) / GREY
        found, bits = networks["net"](x, batch["level"], rng)
        worth = torch.tensor(1 / (TRADE * STEPS**2)).float()[batch["level"].long()]
        rate = bits / size**2
        error = GREY**2 * (found - x).square().flatten(1).mean(1)
        weight = torch.tensor((STEPS / STEPS.mean()) ** 0.7).float()[batch["level"].long()]  # all levels count alike
        total = (weight * (rate + worth * error)).mean()
        return {"loss": total, "rate": (weight * rate).mean(), "error": (weight * worth * error).mean()}

    @torch.no_grad()
    def measure(networks):
        net, found = networks["net"].cpu().eval(), {}
        for clip in ("carphone", "bikes", "bigbuckbunny"):
            frame = clips.load(clip, frames=slice(20, 21), gray=True).array[0]
            frame = frame[: frame.shape[0] // 16 * 16, : frame.shape[1] // 16 * 16]
            if frame.shape[0] > 400:
                frame = frame[:352, :640]
            x = (torch.tensor(frame)[None, None].float() - MIDDLE) / GREY
            for level in range(LEVELS):
                out, bits = net(x, torch.tensor([float(level)]))
                out = (out * GREY + MIDDLE).round().clamp(0, 255)[0, 0].numpy()
                found[f"{clip}_{level}_db"] = metrics.psnr(frame, out, data_range=255)
                found[f"{clip}_{level}_bits"] = bits.item() / frame.size
        return found

    return Task(
        name or f"transform-{prior}" + "-attention" * attention,
        lambda: {"net": learned.Transform(prior, attention=attention)},
        {"net": loss},
        sample,
        measure,
        steps,
        batch,
        f"estimated bits and decibels of three frames after {steps} steps",
        optimisers={"net": adam},
        warmup=100,
        last=0.01,
        clip=1.0,
        data=partial(footage.tally, 300, seed=0, size=(size, size)),
        arguments={"prior": prior, "attention": attention, "size": size, "residuals": RESIDUALS, "seen": SEEN},
        files=files if name == learned.MODEL else None,
    )


def multiplications(net, side=64):
    """Multiplications a pixel, of encoder and decoder together: of convolutions, linear layers, and of attention."""
    total, hooks = [], []

    def count(layer, inputs, output):
        if isinstance(layer, learned.WindowAttention):
            total.append(2 * layer.side**2 * output.numel())
        else:
            total.append(output.numel() * layer.weight[0].numel())

    for layer in net.modules():
        if isinstance(layer, (torch.nn.Conv2d, torch.nn.Linear, learned.WindowAttention)):
            hooks.append(layer.register_forward_hook(count))
    with torch.no_grad():
        net(torch.zeros(1, 1, side, side), torch.zeros(1))
    for hook in hooks:
        hook.remove()
    return sum(total) / side**2


def climbing(points):
    """Points (bits, decibels) without those that another one makes useless: no more bits, and more decibels."""
    return [p for p in points if not any(q[0] <= p[0] and q[1] > p[1] for q in points)]


def ladder(path, *, folder, seed=0):
    """Train the priors, and attention, alike; store what each saves beside the first in `path`, as JSON.

    ``python -c "from vdtext.train import coding; coding.ladder('data/learned.json', folder='.train')"``

    Parameters
    ----------
    path, folder : path
        Of the result, and for checkpoints.
    seed : int

    Returns
    -------
    dict
    """
    rows, first = {}, None
    for name in ("factorised", "hyper", "context", "attention"):
        task = RECIPES[f"transform-{name}"]()
        result = train(task, folder=Path(folder) / task.name, seed=seed)
        found = result.metrics
        curves = [
            climbing([(found[f"{clip}_{k}_bits"], found[f"{clip}_{k}_db"]) for k in range(LEVELS)])
            for clip in ("carphone", "bikes", "bigbuckbunny")
        ]
        first = first or curves
        saved = [metrics.bd_rate(a, b).value for a, b in zip(first, curves, strict=True)]
        net = result.networks["net"]
        rows[name] = {
            "bits": round(float(np.mean(saved)), 1),
            "macs": round(multiplications(net)),
            "parameters": sum(value.numel() for value in net.parameters()),
            "seconds": round(result.seconds),
        }
    about = {"steps": task.steps, "batch": task.batch, "seed": seed, "rows": rows}
    Path(path).write_text(json.dumps(about, indent=2) + "\n")
    return about


RECIPES = {
    learned.MODEL: partial(transform, name=learned.MODEL),
    **{f"transform-{prior}": partial(transform, steps=400, prior=prior) for prior in learned.PRIORS},
    "transform-attention": partial(transform, steps=400, attention=True, name="transform-attention"),
}
