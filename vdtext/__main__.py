"""``python -m vdtext``: the command line (roof)."""

import sys

from vdtext.cli import main

if __name__ == "__main__":
    sys.exit(main())
