"""What every figure must say about itself, and the few pieces of HTML that the interactives share."""

import re
from html import escape

__all__ = ["attributes", "described", "inline", "tag"]


def described(name, caption, alt):
    """Check a figure's name, caption and alternative text, and return them as output metadata.

    Parameters
    ----------
    name : str
        Label for cross-references: letters, digits and hyphens, such as ``fig-heat-modes``.
    caption : str
        What the figure shows, in one or two sentences; MyST's inline markup is allowed.
    alt : str
        What is seen, for a reader who does not see it; plain text.

    Returns
    -------
    dict
        ``{"vdtext": {"name": …, "caption": …, "alt": …}}`` with white space collapsed.

    Raises
    ------
    ValueError
        If one of them is missing (README, "Figures").

    Examples
    --------
    >>> described("fig-a", "A step.", "  a grey\\n  edge ")["vdtext"]["alt"]
    'a grey edge'
    """
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][\w-]*", name):
        raise ValueError(f"name={name!r}: a figure is named in letters, digits and hyphens, like fig-heat-modes")
    texts = {"name": name}
    for key, text in (("caption", caption), ("alt", alt)):
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"{key}={text!r}: figure {name} needs a caption, and an alt text of what is seen")
        texts[key] = " ".join(text.split())
    return {"vdtext": texts}


def attributes(**values):
    """HTML attributes, escaped: underscores become hyphens, True stands alone, None and False vanish.

    Examples
    --------
    >>> attributes(aria_label='a "b"', hidden=True, title=None)
    ' aria-label="a &quot;b&quot;" hidden'
    """
    parts = []
    for key, value in values.items():
        key = key.rstrip("_").replace("_", "-")
        if value is True:
            parts.append(f" {key}")
        elif value is not None and value is not False:
            parts.append(f' {key}="{escape(str(value))}"')
    return "".join(parts)


def tag(element, *children, **values):
    """One HTML element with its children (already HTML) and attributes (see :func:`attributes`).

    Examples
    --------
    >>> tag("output", "frame 1", aria_live="off")
    '<output aria-live="off">frame 1</output>'
    """
    opened = f"<{element}{attributes(**values)}>"
    return opened if element in ("img", "input") else f"{opened}{''.join(children)}</{element}>"


_MARKUP = re.compile(r"``?(?P<code>[^`]+)``?|\$(?P<math>[^$]+)\$|\*\*(?P<strong>[^*]+)\*\*|\*(?P<em>[^*]+)\*")
_HTML = {
    "code": "<code>{}</code>",
    "math": r'<span class="math notranslate nohighlight">\({}\)</span>',
    "strong": "<strong>{}</strong>",
    "em": "<em>{}</em>",
}


def inline(text):
    """Inline MyST as HTML: code, ``$formula$`` (for MathJax), strong and emphasised words; the rest is escaped.

    Examples
    --------
    >>> inline("*why* `a < b`")
    '<em>why</em> <code>a &lt; b</code>'
    """
    return _MARKUP.sub(lambda m: _HTML[m.lastgroup].format(m[m.lastgroup]), escape(text, quote=False))
