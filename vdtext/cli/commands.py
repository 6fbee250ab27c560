"""What each command does."""

import json
import math
from itertools import chain, zip_longest
from pathlib import Path
from time import perf_counter

import numpy as np

from vdtext._progress import progress
from vdtext.cli.files import Failure, colour, is_vdx, note, opened_clip, output, resized, sha256, write_planes
from vdtext.cli.shots import intra_frames

__all__ = ["compare", "decode", "diffuse", "encode", "info", "stabilise"]


def info(options):
    """Say what a file holds."""
    print(json.dumps(about(options.file), indent=1) if options.json else "\n".join(described(about(options.file))))


def described(facts):
    """Lines of text."""
    return [f"{name:12} {value}" for name, value in facts.items()]


def about(path):
    """What a file says about itself, as a dictionary."""
    size = Path(path).stat().st_size if Path(path).is_file() else 0
    if is_vdx(path):
        from vdtext import codec

        found = codec.info(path)
        head, seconds = found.header, float(found.duration)
        return {
            "format": f"vdx, version {2 if head.model else 1}",
            "size": f"{head.size[1]}x{head.size[0]}",
            "frames": found.frames,
            "fps": str(head.fps),
            "seconds": round(seconds, 3),
            "planes": "Y, Cb, Cr (4:2:0)" if head.color else "Y",
            "color": f"{head.matrix or 'untagged'}, {'full' if head.full else 'limited'} range",
            "lossless": head.tools.lossless,
            "groups": len(found.groups),
            "keys": " ".join(map(str, found.keys[:12])) + (" ..." if len(found.keys) > 12 else ""),
            "encoder": found.note or "not said",
            **({"weights": f"{head.model.id}, SHA-256 {head.model.digest.hex()}..."} if head.model else {}),
            "bytes": size,
            "kbit/s": round(8 * found.bytes / seconds / 1000, 2),
        }
    from vdtext import video

    found = video.probe(path)
    frames = found.frames or len(video.timestamps(path))
    seconds = float(frames / found.fps)
    return {
        "format": f"{found.container}, {found.codec}, {found.pixel_format}",
        "size": f"{found.size[1]}x{found.size[0]}",
        "frames": frames,
        "fps": str(found.fps),
        "seconds": round(seconds, 3),
        "color": str(found.color),
        "audio": ", ".join(f"{a.codec} {a.rate} Hz" for a in found.audio) or "none",
        "bytes": size,
        "kbit/s": round(8 * size / seconds / 1000, 2),
    }


def encode(options):
    """A film into a .vdx; it is decoded again before it gets its name."""
    from vdtext import codec

    if options.model is not None:
        codec.load_model(options.model)  # before anything is read or written
    source = opened_clip(options.input, options.start, options.end)
    clip = resized(source, options.size)
    with output(options.output, options.force, [options.input]) as partial:
        cuts = intra_frames(options.cuts, source)
        began = perf_counter()
        with open(partial, "wb") as sink:
            written = codec.encode_frames(
                clip.planes(),
                sink,
                size=clip.size,
                color=clip.color,
                fps=clip.fps,
                matrix=clip.matrix,
                full=clip.full,
                total=clip.frames,
                quality=options.quality,
                bitrate=options.bitrate,
                gop=options.gop,
                key=options.key,
                cuts=cuts,
                models=options.model,
            )
        seconds = perf_counter() - began
        decoded = progress(codec.decode_frames(partial), "verifying")
        if sha256(decoded) != (written.digest, written.frames):
            raise Failure("what was written does not decode as the encoder saw it, and was discarded")
    rate = 8 * written.bytes * float(clip.fps) / written.frames / 1000
    print(f"{options.output}: {written.frames} frames, {written.groups} groups, {written.bytes} bytes, "
          f"{rate:.2f} kbit/s, {written.frames / seconds:.1f} frames/s")  # fmt: skip


def decode(options):
    """A .vdx into a file that players know."""
    if not is_vdx(options.input):
        raise Failure(f"{options.input} is no .vdx: decode takes what encode made")
    if options.recover:
        frames, clip = recovered(options)
    else:
        clip = opened_clip(options.input, options.start, options.end)
        frames = clip.planes()
    with output(options.output, options.force, [options.input]) as partial:
        count = write_planes(partial, progress(frames, "decoding"), clip, quality=options.crf)
    print(f"{options.output}: {count} frames")


def recovered(options):
    """What is left of a damaged file, and the film that it makes."""
    from vdtext import codec
    from vdtext.cli.files import Clip

    found = codec.recover(Path(options.input).read_bytes())
    for damage in found.damages:
        note(f"{options.input}: {damage}")
    film = found.film
    color = len(film.planes) == 3
    return zip(*film.planes, strict=True), Clip(
        film.size, color, film.fps, film.matrix, film.full, film.frames, lambda: zip(*film.planes, strict=True)
    )


def compare(options):
    """PSNR and SSIM, frame by frame and in all."""
    a, b = opened_clip(options.a), opened_clip(options.b)
    if a.size != b.size:
        raise Failure(f"{options.a} has {a.size[1]}x{a.size[0]} pixels, {options.b} has {b.size[1]}x{b.size[0]}")
    rows = []
    for one, other in progress(zip_longest(a.planes(), b.planes()), "comparing"):
        if one is None or other is None:
            short = options.a if one is None else options.b
            raise Failure(f"{short} ends after {len(rows)} frames, the other goes on")
        rows.append(measured(one, other))
    report = summed(rows)
    if options.png:
        with output(options.png, options.force, [options.a, options.b]) as partial:
            drawn(report, partial)
    print(json.dumps(report, indent=1) if options.json else "\n".join(told(report, options.frames)))


def measured(one, other):
    """Squared errors of the planes of a frame, and SSIM of its luma."""
    from vdtext import metrics

    both = zip(one, other, strict=False)  # of a grey and a coloured film the luma
    row = {f"mse_{name}": float(metrics.mse(p, q)) for name, (p, q) in zip(("y", "cb", "cr"), both, strict=False)}
    large = min(one[0].shape) >= 11
    return row | {"ssim": metrics.ssim(one[0], other[0], data_range=255) if large else None}


def decibels(error):
    """PSNR of a squared error, None if there is none."""
    return 10 * math.log10(255**2 / error) if error else None


def summed(rows):
    """The report of :func:`compare`: PSNR of the mean squared error, the mean of SSIM, and every frame."""
    names = [name for name in rows[0] if name.startswith("mse") and all(name in row for row in rows)]
    errors = {name: float(np.mean([row[name] for row in rows])) for name in names}
    ssim = None if rows[0]["ssim"] is None else float(np.mean([row["ssim"] for row in rows]))
    frames = [{"psnr_y": decibels(row["mse_y"]), "ssim": row["ssim"]} for row in rows]
    return {
        "equal": not any(errors.values()),
        **{name.replace("mse", "psnr"): decibels(error) for name, error in errors.items()},
        "ssim": ssim,
        "worst": int(np.argmax([row["mse_y"] for row in rows])),
        "frames": frames,
    }


def told(report, every):
    """Lines of text of a report."""

    def text(value, digits=2):
        return "equal" if value is None else f"{value:.{digits}f}"

    for number, row in enumerate(report["frames"] if every else ()):
        ssim = "-" if row["ssim"] is None else text(row["ssim"], 4)
        yield f"frame {number:5}  PSNR-Y {text(row['psnr_y'])}  SSIM {ssim}"
    for name in ("psnr_y", "psnr_cb", "psnr_cr"):
        if name in report:
            yield f"{name.upper().replace('_', '-'):8} {text(report[name])}" + " dB" * (report[name] is not None)
    yield "SSIM     " + ("frames are smaller than its window" if report["ssim"] is None else text(report["ssim"], 4))
    worst = report["frames"][report["worst"]]["psnr_y"]
    yield f"{len(report['frames'])} frames" + (
        "" if worst is None else f"; the worst is {report['worst']}: {worst:.2f} dB"
    )


def drawn(report, path):
    """The curves of a report, as a picture."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    for axes, name, label in ((above, "psnr_y", "PSNR-Y in dB"), (below, "ssim", "SSIM")):
        values = [math.nan if row[name] is None else row[name] for row in report["frames"]]
        axes.plot(values, marker="." if len(values) < 50 else None)
        axes.set_ylabel(label)
        axes.grid(alpha=0.3)
    below.set_xlabel("frame")
    figure.savefig(path, dpi=120)


def pictures(clip):
    """The frames of a film as RGB, or in full-range grey, float32 in [0, 1]."""
    return (colour(planes, clip) for planes in clip.planes())


def filtered(options, clip, frames):
    """Write pictures that a filter made, as .mp4 or whatever the suffix says."""
    from vdtext import video

    def checked():
        for frame in progress(frames, options.command):
            yield np.clip(frame, 0, 1)

    odd = {"chroma": "444"} if options.odd(clip) else {}
    with output(options.output, options.force, [options.input]) as partial:
        report = video.write(partial, checked(), fps=clip.fps, options={"crf": str(options.crf)}, **odd)
    print(f"{options.output}: {report.frames} frames, {report.bytes} bytes")


def diffuse(options):
    """Diffusion in space and in time (chapters 3 and 4)."""
    from vdtext import edges, heat

    clip = opened_clip(options.input, options.start, options.end)
    if options.space < 0 or options.time < 0:
        raise Failure(f"--space {options.space:g} --time {options.time:g}: accepted are times of 0 and more")

    def still(picture):
        channels = np.moveaxis(picture, -1, 0) if picture.ndim == 3 else picture[None]
        work = edges.diffuse if options.edges else heat.diffuse
        out = work(np.ascontiguousarray(channels), options.space)
        return np.moveaxis(out, 0, -1) if picture.ndim == 3 else out[0]

    frames = map(still, pictures(clip)) if options.space else pictures(clip)
    if options.time:
        halo = math.ceil(4 * math.sqrt(2 * options.time))
        frames = edges.in_windows(frames, lambda part: heat.diffuse(part, options.time, axes=(0,)), halo=halo)
    options.odd = lambda clip: clip.size[0] % 2 or clip.size[1] % 2
    filtered(options, clip, frames)


def stabilise(options):
    """Take the shake out (chapter 9)."""
    from vdtext import motion

    clip = opened_clip(options.input, options.start, options.end)
    frames = motion.stabilise_frames(lambda: pictures(clip), time=options.time, crop=options.crop)
    first = next(frames)
    options.odd = lambda clip: first.shape[0] % 2 or first.shape[1] % 2
    filtered(options, clip, chain([first], frames))
