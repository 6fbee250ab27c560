"""Commands that measure codecs: on films, and on this machine's clock."""

from contextlib import ExitStack
from time import perf_counter

from vdtext.cli.files import Failure, note, output

__all__ = ["bench", "sweep"]


def sweep(options):
    """Compare codecs on films."""
    from vdtext import scoreboard
    from vdtext import sweep as sweeps

    if options.list:
        print("\n".join(f"{name:18} {' '.join(map(str, told))}" for name, told in sweeps.codecs().items()))
        return
    if not options.clips:
        raise Failure("name a file, or a clip of the book such as carphone")
    told = {"frames": options.frames, "size": options.size, "gray": options.gray}
    with ExitStack() as stack:
        outputs = [path and stack.enter_context(output(path, options.force, options.clips)) for path in
                   (options.csv, options.page)]  # fmt: skip
        sources = [scoreboard.source(name, **told) for name in options.clips]
        try:
            found = sweeps.sweep(sources, options.codecs, store=options.store, jobs=options.jobs, dask=options.dask,
                                 again=options.again)  # fmt: skip
        except KeyboardInterrupt:
            raise Failure(f"interrupted; what was measured is in {options.store}, the same command goes on") from None
        if options.csv:
            scoreboard.write_csv(outputs[0], found.rows)
        if options.page:
            sweeps.write_page(outputs[1], found, anchor=options.anchor)
    for line in found.refused:
        note(line)
    columns = ("clip", "codec", "bytes", "kbit/s", "PSNR-Y", "SSIM", "encode s", "decode s")
    print(scoreboard.table(found.rows, columns))
    if any(row.codec == options.anchor for row in found.rows):
        print(sweeps.bd_table(found.rows, anchor=options.anchor))


def bench(options):
    """How fast this machine codes a real clip."""
    from vdtext import codec, metrics, scoreboard

    source = scoreboard.source(options.clip, frames=options.frames)
    codec.decode(codec.encode(tuple(p[:3] for p in source.clip)))  # compiled, and loaded
    print(f"{source.name}, {source.size[1]}x{source.size[0]}, {source.frames} frames, one core")
    print("quality   kbit/s   PSNR-Y   encode fps   decode fps")
    for quality in (30, 50, 70):
        began = perf_counter()
        data = codec.encode(source, quality=quality)
        middle = perf_counter()
        back = codec.decode(data)
        ended = perf_counter()
        rate = 8 * len(data) * float(source.fps) / source.frames / 1000
        speeds = source.frames / (middle - began), source.frames / (ended - middle)
        error = metrics.psnr(source.luma, back.luma, data_range=255)
        print(f"{quality:7} {rate:8.1f} {error:8.2f} {speeds[0]:12.1f} {speeds[1]:12.1f}")
