"""Choose the numbers of chapter 11's detector on one half of its benchmark, and judge them on the other.

``python -m tools.tune`` takes about three minutes.  One number at a time takes the value that is best on films of the
first half, twice round; films of the other half, which are made of other footage, are not looked at before the end.
"""

from dataclasses import replace
from functools import partial
from itertools import product

from tqdm.auto import tqdm

from vdtext import shots
from vdtext.shots.evaluation import Score
from vdtext.shots.thumbnails import thumbnail

SEEDS = {"sweep": range(500, 516), "report": range(600, 612)}
GRID = {
    "size": (0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8),
    "stands_out": (1.3, 1.45, 1.6, 1.8, 2.0),
    "unlike": (0.1, 0.125, 0.15, 0.175, 0.2),
    "rest": (0.28, 0.32, 0.36, 0.4, 0.44),
    "dip": (0.05, 0.075, 0.1, 0.125, 0.15),
    "dark": (0.1, 0.125, 0.15, 0.2, 0.25),
}
"""Values that are tried; of two that are equally good, the one nearer to what was there before stays."""


def films(half):
    """Little pictures and true transitions of the films of a half."""
    for seed in tqdm(SEEDS[half], desc=half):
        film = shots.benchmark(seed=seed, half=half)
        yield [list(thumbnail(frame)) for frame in film.array], film.transitions


def judged(settings, known):
    """Scores of cuts, of gradual transitions and of all, over films."""
    results = [shots.evaluate(shots.detect(film, settings=settings).transitions, truth) for film, truth in known]
    return {
        kind: sum((getattr(result, kind) for result in results), start=Score(0, 0, 0))
        for kind in ("cuts", "gradual", "all")
    }


def worth(settings, known):
    """What is made large: the mean of F1 of cuts and of gradual transitions."""
    scores = judged(settings, known)
    return (scores["cuts"].f1 + scores["gradual"].f1) / 2


def tuned(settings, known, rounds=2):
    """Settings after some rounds through the grid."""
    for _, (name, values) in tqdm(list(product(range(rounds), GRID.items())), desc="tuning"):
        before = getattr(settings, name)
        tries = sorted({*values, before}, key=lambda value, before=before: abs(value - before))
        settings = max((replace(settings, **{name: value}) for value in tries), key=partial(worth, known=known))
    return settings


def main():
    """The command."""
    known = list(films("sweep"))
    found = tuned(shots.Settings(), known)
    print("best on the first half:", ", ".join(f"{name} {getattr(found, name):g}" for name in GRID))
    for half, films_of in (("sweep", known), ("report", list(films("report")))):
        for name, settings in (("shipped", shots.Settings()), ("best", found)):
            scores = judged(settings, films_of)
            print(f"{half:<7} {name:<8}", ", ".join(f"{kind} {score.f1:.3f}" for kind, score in scores.items()))


if __name__ == "__main__":
    main()
