"""The parts of README.md that are computed: the table of the chapters, and the film of the diffusion clock.

python -m tools.readme             writes the table, from _toc.yml and the passports
python -m tools.readme --film      also draws assets/readme/clock.webp anew
"""

import argparse
import re
from pathlib import Path

import numpy as np
import yaml
from PIL import Image

from tools import ROOT, notebooks
from tools.generate import title

BLOCK = re.compile(r"(<!-- chapters: .*? -->\n).*?(<!-- /chapters -->)", re.S)
FILM = Path("assets/readme/clock.webp")
TIMES = (0, *np.geomspace(0.25, 256, 31))  # pixel²
PAUSES = {0: 1500, len(TIMES) - 1: 2000}  # milliseconds


def status(root: Path = ROOT) -> str:
    """The chapters that _toc.yml names, as a table: part, title, module, minutes to read and of a lesson."""
    rows = ["| | chapter | module | to read | as a lesson |", "|---|---|---|---|---|"]
    for part in yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))["parts"]:
        caption = part["caption"]
        for path in (root / f"{entry['file']}.ipynb" for entry in part["chapters"]):
            if path.is_file():
                passport = notebooks.info(notebooks.read(path))
                link, module = f"[{title(path)}](chapters/{path.name})", f"`vdtext.{passport['module']}`"
                minutes = [f"{passport[name]} min" for name in ("read_minutes", "lesson_minutes")]
                rows.append(f"| {' | '.join([caption, link, module, *minutes])} |")
                caption = ""
    return "\n".join(rows)


def with_status(text: str, table: str) -> str:
    """`text` with the table between its two marks.

    Raises
    ------
    ValueError
        If the marks are not there.

    Examples
    --------
    >>> with_status("<!-- chapters: here -->\\nold\\n<!-- /chapters -->", "new")
    '<!-- chapters: here -->\\nnew\\n<!-- /chapters -->'
    """
    if not BLOCK.search(text):
        raise ValueError("README.md lacks the lines <!-- chapters: … --> and <!-- /chapters -->")
    return BLOCK.sub(lambda found: f"{found[1]}{table}\n{found[2]}", text)


def film(times=TIMES) -> list[Image.Image]:
    """Heat on a frame of *bigbuckbunny*, a picture for each of `times`, with what is left of a wave of each period."""
    import matplotlib.pyplot as plt

    from vdtext import clips, figures, heat

    figures.use_style()
    frame = clips.load("bigbuckbunny", frames=range(60, 61)).array[0, 10:490, 100:740] / 255
    period = np.geomspace(2, 320, 200)
    pictures = []
    for time in times:
        fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3.6), width_ratios=[1.5, 1])
        left.imshow(heat.exact(frame, time, axes=(0, 1)).clip(0, 1))
        left.set_axis_off()
        left.set_title(f"t = {time:.3g} pixel²")
        right.semilogx(period, 100 * np.exp(-4 * np.sin(np.pi / period) ** 2 * time))
        right.set(xlabel="period of a wave (pixel)", ylabel="left of it (%)", ylim=(-5, 105), xlim=(2, 320))
        right.set_xticks(*[(2, 10, 100)] * 2)
        pictures.append(Image.fromarray(figures.raster(fig)))
    return pictures


def main(arguments=None, root: Path = ROOT) -> None:
    """The commands above."""
    parser = argparse.ArgumentParser(prog="tools.readme", description="write what README.md computes")
    parser.add_argument("--film", action="store_true", help=f"also draw {FILM} anew")
    if parser.parse_args(arguments).film:
        first, *rest = film()
        pauses = [PAUSES.get(i, 110) for i in range(len(TIMES))]
        (root / FILM).parent.mkdir(parents=True, exist_ok=True)
        first.save(root / FILM, save_all=True, append_images=rest, duration=pauses, loop=0, quality=72, method=6)
    path = root / "README.md"
    notebooks.write_text(with_status(path.read_text(encoding="utf-8"), status(root)), path)


if __name__ == "__main__":
    main()
