"""``python -m tools 03`` prints the path of chapter 3: how the Makefile reads CHAPTER."""

import sys

from tools import ROOT, find_chapter

try:
    print(find_chapter(sys.argv[1] if len(sys.argv) > 1 else "").relative_to(ROOT))
except ValueError as error:
    sys.exit(str(error))
