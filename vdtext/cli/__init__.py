"""The command line: what the chapters teach, for whole files (roof).

``vdtext encode in.mp4 out.vdx --quality 60`` and eight more; ``vdtext --help`` lists them.  Rooms:

``files``        films in and out, planes as they are stored; outputs that are whole or not there;
``commands``     what each command does;
``experiments``  the commands that measure codecs;
``shots``        where each shot begins, as a table, JSON, CSV, or pictures;
``arguments``    what each is called, and its options.
"""

import sys

from vdtext.cli.arguments import parser
from vdtext.cli.files import Failure

__all__ = ["main"]


def main(arguments=None):
    """Run a command.

    Parameters
    ----------
    arguments : list of str, optional
        Those of the command line, unless given.

    Returns
    -------
    int
        0 if all went well; 1 after an error, told in one line on the standard error.  A command that is not understood
        raises ``SystemExit(2)``, as argparse does.

    Examples
    --------
    >>> main(["info", "no such file"])
    1
    """
    options = parser().parse_args(arguments)
    try:
        options.run(options)
    except KeyboardInterrupt:
        return failed("interrupted; nothing was written")
    except BrokenPipeError:
        return 1
    except (Failure, OSError, ValueError, MemoryError) as error:
        return failed(" ".join(str(error).split()) or type(error).__name__)
    return 0


def failed(reason):
    """Say why, in one line."""
    print(f"vdtext: {reason}", file=sys.stderr)
    return 1
