"""The parts of pages that are computed when the book is built: what a line ``% generated: NAME`` in a page becomes.

Each function takes the root of the repository and the records of the executed chapters, and returns MyST text.
"""

import json
from collections import Counter
from pathlib import Path

import yaml

from tools import chapters, find_chapter, notebooks

# one row of a benchmark: median, ratio, its quartiles (which do not break in two), difference
BENCH_CELLS = "{ms[median]:.3g} {ratio[median]:.2f} {ratio[low]:.2f}\u2060–\u2060{ratio[high]:.2f} {difference:.1g}"


def table(header: list[str], rows: list[list[str]], *, widths: str = "auto") -> str:
    """A MyST table.  A cell may hold several lines, of which the first may be a target."""
    text = [":::{list-table}", ":header-rows: 1", f":widths: {widths}", ""]
    for row in [header, *rows]:
        for mark, cell in zip(["* -", *["  -"] * (len(row) - 1)], row, strict=True):
            first, *rest = str(cell).split("\n")
            text += [f"{mark} {first}", *(f"    {line}" for line in rest)]
    return "\n".join([*text, ":::"])


def title(path: Path) -> str:
    """The title of a chapter: the text of its first heading."""
    cells = [cell for cell in notebooks.read(path).cells if cell.cell_type == "markdown"]
    lines = (line for cell in cells for line in cell.source.splitlines())
    return next((line.removeprefix("# ") for line in lines if line.startswith("# ")), path.stem)


def reproducibility(root: Path, records: dict[str, dict]) -> str:
    """What each chapter took when it was executed, and with what."""
    rows = []
    for path in chapters(root):
        if record := records.get(path.stem):
            rows.append([title(path), f"{record['seconds']:.1f}", f"{record['peak_mb']:.0f}"])
    machines = sorted({record["machine"] for record in records.values()})
    return "\n\n".join(
        [table(["chapter", "seconds", "peak MB"], rows), *(f"Measured with {name}." for name in machines)]
    )


def errata_rows(root: Path) -> list[dict]:
    """The rows of appendix/errata.yml; none where there is no such file."""
    path = root / "appendix" / "errata.yml"
    return (yaml.safe_load(path.read_text(encoding="utf-8")) or []) if path.is_file() else []


def errata(root: Path, records: dict[str, dict]) -> str:
    """The claims that the chapters run, each with a target ``errata-row-ID`` and a link to the cell that shows it."""
    rows, verdicts = [], Counter()
    for row in sorted(errata_rows(root), key=lambda row: str(row["chapter"])):
        chapter = find_chapter(str(row["chapter"]), root)
        verdicts[row["verdict"]] += 1
        claim, correction, source = (" ".join(str(row[name]).split()) for name in ("claim", "correction", "source"))
        shown = f"{{ref}}`chapter {int(chapter.stem[:2])} <{row['anchor']}>`"
        identity = f"(errata-row-{row['id'].lower()})=\n**{row['id']}**, {row['verdict']}, {shown}"
        rows.append([identity, claim, f"{correction} ({source})"])
    count = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.most_common())
    tally = f"Claims that the chapters have run so far: {sum(verdicts.values())} ({count})."
    header = ["verdict", "claim, in our words", "what is true"]
    return f"{tally}\n\n{table(header, rows, widths='16 34 50')}"


def bench(root: Path, records: dict[str, dict]) -> str:
    """The tables of data/bench.json: one for each case, ours and each peer, and whether the aim is met."""
    file, parts = root / "data" / "bench.json", []
    for measured in (json.loads(file.read_text()) if file.is_file() else {}).values():
        versions = ", ".join(f"{name} {number}" for name, number in measured["versions"].items())
        parts.append("Measured on {cpu}, {threads} of {cores} cores, {system}".format(**measured["machine"]))
        parts[-1] += f", Python {measured['machine']['python']}, {versions}; {measured['machine']['clock']}."
        for case in measured["cases"]:
            rows = []
            for row in case["rows"]:
                cells = BENCH_CELLS.format(**row).split() if row["measured"] else ["not measured", "", "", ""]
                rows.append([f"**{row['name']}**" if row["ours"] else row["name"], row["what"], *cells])
            aim = "Aim: at most {ratio:g} of the time of {against}; ".format(**case["aim"])
            header = ["", "what runs", "ms", f"{case['rows'][0]['name']} ÷ this", "quartiles", "differs by"]
            met = {True: "met", False: "not met", None: "not measured"}[case["aim"]["met"]]
            parts += [f"## {case['title']}", table(header, rows), f"{aim}{met}. Median of {case['rounds']} rounds."]
    return "\n\n".join(parts) or "Nothing has been measured yet."
