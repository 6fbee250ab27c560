"""``python -m vdtext.footage``: cut the films that ``make footage`` has installed, and say what training will see."""

from vdtext.footage import FILMS, cut_all, tally

if __name__ == "__main__":
    for name, about in cut_all().items():
        film, height, width = FILMS[name], *about["size"]
        counts = f"{about['frames']:4} frames, {height} × {width}, {len(about['cuts'])} cuts"
        print(f"{name:10}{counts}: {film.shows} ({film.package}, {film.licence})")
    print("of 500 sequences:", ", ".join(f"{name} {share:.1%}" for name, share in tally(500, seed=0).items()))
