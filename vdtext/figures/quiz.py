"""A question, choices, and feedback whose right answer is computed by the chapter's code."""

import base64
import hashlib
import json
import operator

from vdtext.figures.controls import widgets
from vdtext.figures.page import inline, tag

__all__ = ["Quiz"]

_LEGEND = "float:left;width:100%;margin:0 0 .4rem;padding:0;font-size:1em;font-weight:600"
_RIGHT, _WRONG, _EMPTY = "✓ Right.", "✗ Not this one. Think again, then choose another.", "Choose an answer first."


class Quiz:
    """A multiple-choice question.

    The page shows native radio buttons and a *Check* button; what it then says is read aloud.  The right answer does
    not stand beside its choice in the page's source: a reader who looks for it there has to decode it.

    Parameters
    ----------
    question : str
        Inline MyST markup is allowed here, in the choices and in `why`.
    choices : sequence of str
        At least two, all different.
    answer : int or str
        Index of the right choice, or the choice itself: compute it, ``answer=f"{gain:.2f}"``.
    why : str
        The reason, told after the right choice.

    Raises
    ------
    ValueError
        If the answer is none of the choices, choices repeat, or a text is empty.

    Examples
    --------
    >>> Quiz("What is 2 + 3?", ["4", "5"], answer=str(2 + 3), why="Count.")
    [quiz: What is 2 + 3? (a) 4 (b) 5]
    """

    def __init__(self, question, choices, *, answer, why):
        self.question, self.choices, self.why = question, [str(choice) for choice in choices], why
        if len(set(self.choices)) < max(2, len(self.choices)) or not all([question, why, *self.choices]):
            raise ValueError(f"choices={self.choices}: a quiz has a question, a why, and two or more choices")
        if isinstance(answer, str) and answer in self.choices:
            answer = self.choices.index(answer)
        if isinstance(answer, str | bool) or not 0 <= operator.index(answer) < len(self.choices):
            raise ValueError(f"answer={answer!r} is none of the choices {self.choices}")
        self.answer = operator.index(answer)

    def __repr__(self):
        listed = " ".join(f"({chr(97 + i)}) {choice}" for i, choice in enumerate(self.choices))
        return f"[quiz: {' '.join(self.question.split())} {listed}]"

    def _feedback(self, i):
        return f"{_RIGHT} {inline(self.why)}" if i == self.answer else _WRONG

    def html(self):
        """The quiz as self-contained HTML (str)."""
        group = "vd-" + hashlib.sha256(repr(self).encode()).hexdigest()[:12]
        replies = [self._feedback(i) for i in range(len(self.choices))]
        key = base64.b64encode(json.dumps(replies).encode("ascii")).decode("ascii")  # JSON's escapes keep it ASCII
        check = (
            "var f=this.closest('.vd-quiz'),c=f.querySelector('input:checked'),o=f.querySelector('output');"
            f"o.innerHTML=c?JSON.parse(atob(f.dataset.key))[c.value]:'{_EMPTY}';"
            "if(window.MathJax&&MathJax.typesetPromise)MathJax.typesetPromise([o])"
        )
        rows = [
            tag(
                "label",
                tag("input", type="radio", name=group, value=i, autocomplete="off", style="flex:none;margin:.3rem 0 0"),
                tag("span", inline(choice)),
                style="clear:both;display:flex;gap:.6rem;align-items:flex-start;padding:.2rem 0;cursor:pointer",
            )
            for i, choice in enumerate(self.choices)
        ]
        return tag(
            "fieldset",
            tag("legend", inline(self.question), style=_LEGEND),
            *rows,
            tag("button", "Check", type="button", onclick=check, style="margin-top:.5rem;min-height:1.75rem"),
            tag("output", aria_live="polite", style="display:block;min-height:1.6em;margin-top:.5rem"),
            class_="vd-quiz",
            data_key=key,
            style="margin:0 0 1rem;padding:.75rem 1rem;border:1px solid;border-radius:6px;min-width:0",
        )

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": repr(self), "text/html": self.html()}

    def live(self):
        """The same thing as ipywidgets, for a running kernel; an ImportError where ipywidgets is missing."""
        options = list(zip(self.choices, range(len(self.choices)), strict=True))
        radio = widgets().RadioButtons(options=options, index=None, layout={"width": "max-content"})
        button, output = widgets().Button(description="Check"), widgets().HTML()

        def check(_):
            output.value = _EMPTY if radio.index is None else self._feedback(radio.index)

        button.on_click(check)
        return widgets().VBox([widgets().HTML(inline(self.question)), radio, button, output])
