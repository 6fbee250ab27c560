"""The home page: its cover, computed from a real frame, and a card for each chapter with the chapter's key figure.

Both pictures are made once for what they depend on and kept in _build/pictures, from where they are staged.
"""

import base64
import hashlib
import io
import json
from pathlib import Path

import numpy as np
from nbformat import NotebookNode
from PIL import Image, ImageOps

from tools import chapters, notebooks
from tools.depends import closure, imports
from tools.generate import title

FOLDER = Path("_build/pictures")
STAGED = Path("assets/pictures")
CARD = (720, 540)  # width and height in pixels

TIMES = (0, 2, 4, 8, 16, 32)  # pixel²
NOISES = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3)  # energy of the noise over that of the signal, as heat.backward wants it
GAIN = 5  # of the difference, which is faint
ALT = (
    "One picture three times: a big rabbit stretches in front of his burrow. In the first it is sharp on the left and "
    "fades into blur on the right. In the second it comes back from the blur, up to a point. The third shows the "
    "difference on grey: white and black lines along the ears, the fists and the grass."
)
VERBS = """<ol class="vd-verbs">
<li><b>Forget</b><span>Heat runs through the picture, and its details fade.</span></li>
<li><b>Predict</b><span>What is left tells a part of what was there.</span></li>
<li><b>Pay</b><span>The rest must be stored: these lines are the bits.</span></li>
</ol>"""


def picture(root: Path, name: str, key: bytes, make) -> str:
    """Where a page finds the picture that `make()` draws; it is drawn anew only when `key` or this tool changes."""
    digest = hashlib.sha256(Path(__file__).read_bytes() + key).hexdigest()[:12]
    file = root / FOLDER / f"{name}-{digest}.webp"
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        for old in file.parent.glob(f"{name}-*.webp"):
            old.unlink()
        make().save(file, quality=82, method=6)
    return f"/{STAGED / file.name}"


def fade(pictures: list[np.ndarray], start: float, stop: float) -> np.ndarray:
    """One picture out of several (H, W, C): the first up to `start`, the last from `stop` on, in parts of the width."""
    stack, columns = np.stack(pictures), np.arange(pictures[0].shape[1])
    place = np.interp(columns / columns[-1], [start, stop], [0, len(stack) - 1])
    low = place.astype(int).clip(max=len(stack) - 2)
    one, two = stack[low, :, columns], stack[low + 1, :, columns]
    return (one + (two - one) * (place - low)[:, None, None]).swapaxes(0, 1)


def draw_cover() -> Image.Image:
    """A frame of *bigbuckbunny* three times: it is diffused, brought back by backward heat, and what is missing."""
    from vdtext import clips, heat

    frame = clips.load("bigbuckbunny", frames=range(60, 61)).array[0, 10:490, 150:650] / 255
    blurred = [heat.exact(frame, time, axes=(0, 1)) for time in TIMES]
    kept = np.round(blurred[-1] * 255) / 255  # eight bits are all that a file keeps
    restored = [heat.backward(kept, TIMES[-1], noise=noise, axes=(0, 1)) for noise in NOISES]
    missing = 0.5 + GAIN * (frame - restored[-1]).mean(axis=2, keepdims=True)
    forget, predict = fade(blurred, 0.4, 0.95), fade([kept, *restored], 0, 0.5)
    pay = fade([restored[-1], np.broadcast_to(missing, frame.shape)], 0.1, 0.35)
    return Image.fromarray((np.hstack([forget, predict, pay]).clip(0, 1) * 255).round().astype(np.uint8))


def cover(root: Path, records: dict[str, dict]) -> str:
    """The cover, and under it what its three parts show."""
    used = closure(imports(Path(__file__).read_text()), root)
    files = [*sorted(used), root / "requirements.lock"]
    path = picture(root, "cover", b"\0".join(file.read_bytes() for file in files), draw_cover)
    return f":::{{image}} {path}\n:alt: {json.dumps(ALT)}\n:class: vd-cover\n:::\n\n{VERBS}"


def key_figure(notebook: NotebookNode) -> tuple[str, str] | None:
    """The first figure of an executed chapter that is a picture: base64 of its PNG, and its alt text."""
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    for output in outputs:
        if (announced := notebooks.info(output)) and "image/png" in output.data:
            return output.data["image/png"], announced["alt"]
    return None


def thumbnail(png: bytes) -> Image.Image:
    """A whole figure, on its own ground in the shape of a card."""
    figure = Image.open(io.BytesIO(png)).convert("RGB")
    return ImageOps.pad(figure, CARD, color=figure.getpixel((0, 0)))


def cards(root: Path, records: dict[str, dict]) -> str:
    """A card for each chapter that exists: key figure, title, what one can do after it, minutes to read."""
    grid = ["::::{grid} 1 1 2 2", ":gutter: 3", ":class-container: vd-cards", ""]
    for path in chapters(root):
        passport, name = notebooks.info(notebooks.read(path)), title(path)
        grid += [f":::{{grid-item-card}} {name}", f":link: /chapters/{path.stem}", ":link-type: doc"]
        grid += [f":link-alt: {json.dumps(name, ensure_ascii=False)}"]
        if figure := records.get(path.stem, {}).get("figure"):
            png, alt = base64.b64decode(figure[0]), " ".join(figure[1].split())
            image = picture(root, path.stem, png, lambda png=png: thumbnail(png))
            grid += [f":img-top: {image}", f":img-alt: {json.dumps(alt, ensure_ascii=False)}"]
        grid += ["", f"After it, you can {passport['objectives'][0]}.", "", "{.vd-minutes}"]
        grid += [f"{passport['read_minutes']} minutes · `vdtext.{passport['module']}`", ":::"]
    return "\n".join([*grid, "::::"])
