"""The page of a chapter, made from its notebook: passport card, captions and alt text of figures, folded solutions."""

import copy
import re

import nbformat
from nbformat import NotebookNode

from tools import notebooks

SOLUTION_MARK = re.compile(r"^\s*### (BEGIN|END) SOLUTION\s*\n?", re.M)
FOLDED = {"code_prompt_show": "Solution", "code_prompt_hide": "Hide the solution"}
VERDICTS = {"wrong": ".vd-wrong", "partly": ".vd-half", "right": ".vd-right"}
PASSPORT = ("objectives", "prerequisites", "module", "read_minutes", "lesson_minutes")


def card(passport: dict, record: dict | None, *, module_url: str = "") -> str:
    """The passport of a chapter as MyST text: what it teaches, what it needs, what it takes.

    Raises
    ------
    ValueError
        If an entry of the passport is missing.
    """
    if missing := [name for name in PASSPORT if name not in passport]:
        raise ValueError(f"a passport lacks {', '.join(missing)}; it needs {', '.join(PASSPORT)}")
    name = f"`vdtext.{passport['module']}`"
    entries = {
        "After this chapter, you can": "\n".join(f"- {objective}" for objective in passport["objectives"]),
        "It builds on": "; ".join(passport["prerequisites"]) or "nothing",
        "Module": f"[{name}]({module_url})" if module_url else name,
        "To read": f"{passport['read_minutes']} minutes",
        "As a lesson": f"{passport['lesson_minutes']} minutes",
        "Runs in": f"{record['seconds']:.0f} s, {record['peak_mb']:.0f} MB" if record else "not run yet",
    }
    wide = dict.fromkeys(list(entries)[:2], ' class="vd-wide"')
    rows = [f"<div{wide.get(head, '')}><dt>{head}</dt><dd>\n\n{text}\n\n</dd></div>" for head, text in entries.items()]
    return "\n".join(['<dl class="vd-passport">', *rows, "</dl>"])


def insert_card(cells: list[NotebookNode], text: str) -> None:
    """Put the card below the title, the first line that begins with ``# `` in a Markdown cell."""
    for cell in cells:
        if cell.cell_type == "markdown" and (found := re.search(r"^# .*$", cell.source, re.M)):
            cell.source = f"{cell.source[: found.end()]}\n\n{text}\n{cell.source[found.end() :]}"
            return
    raise ValueError("a chapter has no title: a Markdown cell with a line '# …' is needed")


def split_figures(cell: NotebookNode) -> list[NotebookNode]:
    """Lift what figures announce in their outputs to the metadata of the cell, where MyST-NB looks for it.

    There it holds for all that the cell displays.  So a figure beside another display gets a cell of its own, which
    follows and shows no source.
    """
    plain = copy.deepcopy(cell.metadata) | {"tags": [*notebooks.tags(cell), "remove-input"]}
    outputs, cell.outputs = cell.outputs, []
    cells, displays, figure = [cell], 0, False
    for output in outputs:
        announced = notebooks.info(output)
        if output.output_type in ("display_data", "execute_result"):
            if displays and (announced or figure):
                name = f"{cell.id[:60]}-{len(cells)}"
                cells.append(nbformat.v4.new_code_cell("# continued", metadata=copy.deepcopy(plain), id=name))
                displays = 0
            displays, figure = displays + 1, bool(announced)
        cells[-1].outputs.append(output)
        if announced:
            shown = cells[-1].metadata.setdefault("mystnb", {})
            shown["image"] = {"alt": announced["alt"]}
            shown["figure"] = {"name": announced["name"], "caption": announced["caption"]}
    return cells


def fold_solution(cell: NotebookNode) -> None:
    """Fold a cell tagged ``solution`` under the word Solution, and drop the two lines that mark its parts."""
    if "solution" in notebooks.tags(cell):
        cell.source = SOLUTION_MARK.sub("", cell.source)
        cell.metadata["tags"] = [*notebooks.tags(cell), "hide-cell"]
        cell.metadata.setdefault("mystnb", {}).update(FOLDED)


def badge(cell: NotebookNode, before: list[NotebookNode]) -> None:
    """Write level and minutes of an exercise below its heading, which stands in the Markdown `before` its solution."""
    said = notebooks.info(cell)
    if "solution" in notebooks.tags(cell) and "level" in said:
        text = f"[level {said['level']}]{{.vd-level .vd-level-{said['level']}}} about {said['minutes']} minutes"
        heading = re.compile(rf"^(#+ {re.escape(said['exercise'])}\b.*)$", re.M)
        for earlier in reversed(before):
            if earlier.cell_type == "markdown" and heading.search(earlier.source):
                earlier.source = heading.sub(lambda found: f"{found[1]}\n\n{text}\n", earlier.source, count=1)
                return


def folklore_box(cell: NotebookNode, errata: dict[str, dict]) -> list[NotebookNode]:
    """The box before a cell tagged ``folklore``: the claims that it runs, each with a link to its row of the errata."""
    rows = [errata[identity] for identity in notebooks.info(cell).get("errata", []) if identity in errata]
    if not rows:
        return []
    claims = []
    for row in rows:
        look = VERDICTS.get(row["verdict"], "")
        claim, verdict = " ".join(row["claim"].split()), f"[{row['verdict']}]{{.vd-verdict {look}}}"
        link = f"{{ref}}`{row['id']} <errata-row-{row['id'].lower()}>`"
        claims.append(f"- [{claim}]{{.vd-claim {look}}} {verdict} {link}")
    box = "\n".join([":::{admonition} The claim", ":class: vd-folklore", *claims, ":::"])
    return [nbformat.v4.new_markdown_cell(box, id=f"{cell.id[:55]}-claim")]


def chapter_page(
    notebook: NotebookNode, record: dict | None, *, module_url: str = "", errata: dict[str, dict] | None = None
) -> NotebookNode:
    """The page of a chapter, from its notebook with outputs, the record of its execution and the rows of the errata."""
    cells = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            badge(cell, cells)
            fold_solution(cell)
            cells += folklore_box(cell, errata or {})
        cells += split_figures(cell) if cell.cell_type == "code" else [cell]
    insert_card(cells, card(notebook.metadata.pop("vdtext"), record, module_url=module_url))
    notebook.cells = cells
    return notebook


def with_outputs(notebook: NotebookNode, executed: NotebookNode | None) -> NotebookNode:
    """`notebook` with the outputs of its last execution; the code is the same, the prose may have changed since."""
    notebook.metadata.language_info = {"name": "python", "pygments_lexer": "ipython3"}  # slimmed notebooks lack it
    if executed is not None:
        code = [[cell for cell in nb.cells if cell.cell_type == "code"] for nb in (notebook, executed)]
        for cell, done in zip(*code, strict=True):
            cell.outputs, cell.execution_count = done.outputs, done.execution_count
    return notebook
