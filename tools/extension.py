"""Local Sphinx extension: figures and equations carry the number of their chapter, 3.1, 3.2, …

The number comes from the name of the file, chapters/03_heat.ipynb: it is right while earlier chapters do not exist yet.
"""

import re

from sphinx.environment.collectors.toctree import TocTreeCollector

_assign = TocTreeCollector.assign_figure_numbers


def renumber(numbers: dict) -> dict:
    """Numbers of figures and equations, {document: {kind: {id: number}}}, counted anew in each chapter.

    Examples
    --------
    >>> renumber({"chapters/03_heat": {"figure": {"fig-a": (7,), "fig-b": (8,)}}})
    {'chapters/03_heat': {'figure': {'fig-a': (3, 1), 'fig-b': (3, 2)}}}
    """
    new = dict(numbers)
    for name, kinds in numbers.items():
        if found := re.match(r"chapters/(\d+)_", name):
            chapter = int(found[1])
            new[name] = {
                kind: {identity: (chapter, count) for count, identity in enumerate(sorted(ids, key=ids.get), 1)}
                for kind, ids in kinds.items()
            }
    return new


def assign_figure_numbers(self, env):
    """Sphinx's numbering, then ours; the documents whose numbers changed since the last build are written again."""
    old = env.toc_fignumbers
    _assign(self, env)
    env.toc_fignumbers = renumber(env.toc_fignumbers)
    return [name for name, kinds in env.toc_fignumbers.items() if kinds != old.get(name)]


def setup(app):
    TocTreeCollector.assign_figure_numbers = assign_figure_numbers
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
