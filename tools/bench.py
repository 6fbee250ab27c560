"""Ours against its peers, in one run: `make bench`, or `python -m tools.bench --only heat`.

A module benchmarks/bench_NAME.py has a function cases() that yields `Case`s.  The result of every candidate is held
against the case's reference; only then the clock starts.  Every round runs every candidate once, in rotated order, so
that a disturbance hits all of them; what counts is the ratio of CPU times, ours over a peer's, within a round.
"""

import argparse
import importlib
import json
import os
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")})  # before any import
os.environ.update(OPENCV_FOR_THREADS_NUM="1", ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS="1", TQDM_DISABLE="1")
ROOT = Path(__file__).resolve().parents[1]
SAMPLE = 0.02  # seconds of CPU time that one sample should last
sys.path += [str(ROOT), str(ROOT / ".peers")]  # last: the project's own packages win


@dataclass
class Candidate:
    """One way to do the task."""

    prepare: Callable  # imports what it needs, returns the function that is timed
    what: str  # exactly what runs
    tolerance: float  # the largest difference from the reference that still counts as equal
    package: str  # the distribution whose version is noted
    border: int = 0  # so many pixels at the border are not compared: the peer extends the picture in another way
    check: Callable | None = None  # returns the array that is compared, if that is not the timed function's result


@dataclass
class Case:
    """One task, and what everybody's result must equal."""

    name: str
    title: str
    reference: Callable
    ours: dict[str, Candidate]  # the aim is about the first
    peers: dict[str, Candidate]
    aim: float  # ours takes at most so much of the time of …
    against: str  # … this peer
    per: int = 1  # frames that one call works on


def prepared(case):
    """Functions to time and differences from the reference: {name: …}, without the peers that are not installed."""
    runs, difference, reference = {}, {}, case.reference()
    for name, candidate in {**case.ours, **case.peers}.items():
        try:
            runs[name] = candidate.prepare()
        except ImportError as error:
            print(f"{case.name}: {name} is missing ({error}), see requirements-bench.txt")
            continue
        error = abs((candidate.check or runs[name])().astype(float) - reference)
        inside = tuple(slice(candidate.border, n - candidate.border) for n in error.shape)
        difference[name] = float(error[inside].max())
        if not difference[name] <= candidate.tolerance:
            raise SystemExit(f"{case.name}: {name} differs by {difference[name]:.2g}, above {candidate.tolerance:g}")
    return runs, difference


def timed(runs, rounds):
    """CPU seconds of one call: {name: [one a round]}; every round starts with another candidate."""
    names, seconds, repeats = list(runs), {name: [] for name in runs}, {}
    for name in names:  # after the check, which warmed it up
        start = time.process_time()
        runs[name]()
        repeats[name] = 1 + int(SAMPLE / max(time.process_time() - start, 1e-6))
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            start = time.process_time()
            for _ in range(repeats[name]):
                runs[name]()
            seconds[name].append((time.process_time() - start) / repeats[name])
    return seconds


def spread(values):
    """Median and quartiles, four significant digits."""
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return {key: float(f"{value:.4g}") for key, value in (("median", median), ("low", low), ("high", high))}


def measured(case, rounds):
    """One entry of data/bench.json."""
    runs, difference = prepared(case)
    seconds, rows = timed(runs, rounds), []
    for name, candidate in {**case.ours, **case.peers}.items():
        row = {"name": name, "ours": name in case.ours, "what": candidate.what, "measured": name in runs}
        if name in runs:
            row["ms"] = spread([1000 * s / case.per for s in seconds[name]])
            row["ratio"] = spread([a / b for a, b in zip(seconds[next(iter(case.ours))], seconds[name], strict=True)])
            row["difference"], row["tolerance"] = float(f"{difference[name]:.2g}"), candidate.tolerance
        rows.append(row)
    ratio = {row["name"]: row["ratio"]["median"] for row in rows if row["measured"]}.get(case.against)
    aim = {"against": case.against, "ratio": case.aim, "met": ratio and ratio <= case.aim}
    return {"name": case.name, "title": case.title, "rounds": rounds, "aim": aim, "rows": rows}


def machine():
    """What ran it, without names of hosts or people."""
    cpuinfo = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.*)", cpuinfo.read_text() if cpuinfo.exists() else "")
    cpu = {"cpu": model[1] if model else platform.machine(), "cores": os.cpu_count(), "threads": 1}
    return {**cpu, "system": platform.system(), "python": platform.python_version(), "clock": "CPU time"}


def table(entry):
    """One entry as a Markdown table."""
    lines = [f"\n### {entry['title']}\n", "| | ms | ours ÷ this | differs by |", "|---|---:|---:|---:|"]
    for row in entry["rows"]:
        cells = "{ms[median]:.3g} | {ratio[median]:.2f} ({ratio[low]:.2f}–{ratio[high]:.2f}) | {difference:.1g}"
        lines.append(f"| {row['name']} | {cells.format(**row) if row['measured'] else 'missing | | '} |")
    verdict = {True: "met", False: "not met", None: "not measured"}[entry["aim"]["met"]]
    return "\n".join([*lines, "", "Aim: at most {ratio:g} of {against}: ".format(**entry["aim"]) + verdict])


def main(arguments=None):
    """Measure, print, and write data/bench.json; --only replaces the entries of one module there."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="NAME", help="benchmarks/bench_NAME.py alone; other entries are kept")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--output", type=Path, default=ROOT / "data" / "bench.json")
    options = parser.parse_args(arguments)
    everything = sorted(path.stem[6:] for path in (ROOT / "benchmarks").glob("bench_*.py"))
    book = json.loads(options.output.read_text()) if options.output.exists() else {}
    for name in [options.only] if options.only else everything:
        cases = list(importlib.import_module(f"benchmarks.bench_{name}").cases())
        entries = [measured(case, options.rounds) for case in cases]
        print(*map(table, entries), sep="\n")
        ran = {row["name"] for entry in entries for row in entry["rows"] if row["measured"]}
        packages = {c.package for case in cases for n, c in {**case.ours, **case.peers}.items() if n in ran}
        versions = {package: version(package) for package in sorted(packages)}
        book[name] = {"machine": machine(), "versions": versions, "cases": entries}
    options.output.write_text(json.dumps(dict(sorted(book.items())), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
