"""Tests, and the kernels that they start, run in the environment of the book: one thread, no progress bars."""

import os

from hypothesis import settings
from nbval import _cover5

from tools.execute import ENVIRONMENT

settings.register_profile("book", derandomize=True, deadline=None)  # the same examples in every run
settings.load_profile("book")

os.environ.pop("MPLBACKEND", None)
os.environ.update(ENVIRONMENT)

# nbval lets a kernel write its coverage into the data file of the process that runs the tests, which may begin that
# file anew afterwards.  In a file of its own the kernel's coverage survives, and is combined with the rest at the end.
for given, wanted in (("data_suffix='.nbval'", "data_suffix=True"), ("__cov.load()\n", "")):
    _cover5._python_setup = _cover5._python_setup.replace(given, wanted)
