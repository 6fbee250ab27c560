"""Rules about the built pages: images described, nothing loaded from the network, links that arrive, one title each."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

REMOTE = re.compile(r"(?:https?:)?//", re.I)
FILE_NAME = re.compile(r"\S+\.(?:png|svg|jpe?g|gif|webp|avif)", re.I)
LOADED = {
    "src": ("script", "img", "iframe", "video", "audio", "source", "track", "embed", "input"),
    "poster": ("video",),
    "data": ("object",),
}
RELATIONS = {"stylesheet", "preload", "modulepreload", "prefetch", "preconnect", "icon", "manifest"}
IMPORTS = re.compile(r"""(?:@import\s+(?:url\()?|url\(|\bimport\b[^;"'\n]*)\s*["']?((?:https?:)?//[^"')\s]+)""")
EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Page(HTMLParser):
    """What one page holds: its anchors, links, images, titles, and what it loads."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.links, self.images, self.loads, self.titles = set(), [], [], [], 0
        self.inside, self.article = [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag not in EMPTY:
            self.inside.append(tag)
        self.anchors |= {given[key] for key in ("id", "name") if given.get(key)}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "img" and given.get("role") != "presentation":
            self.images.append((f"image {given.get('src', '')[:60]}", given.get("alt")))
        elif tag == "video" or given.get("role") in ("img", "slider") or given.get("type") == "range":
            self.images.append((f"{tag} {given.get('type', '')}".strip(), given.get("aria-label")))
        self.article |= tag == "article"
        self.titles += tag == "h1" and "article" in self.inside  # the theme repeats the title above it, for printing
        self.loads += [given[key] for key, tags in LOADED.items() if tag in tags and given.get(key)]
        if tag == "link" and RELATIONS & set((given.get("rel") or "").split()):
            self.loads.append(given.get("href", ""))
        self.loads += IMPORTS.findall(given.get("style") or "")

    def handle_endtag(self, tag):
        if tag in self.inside:
            while self.inside.pop() != tag:
                pass

    def handle_data(self, data):
        if self.inside[-1:] in (["script"], ["style"]):
            self.loads += IMPORTS.findall(data)


def described(page):
    for what, text in page.images:
        if text is None or not text.strip() or FILE_NAME.fullmatch(text.strip()):
            yield f"{what} is described by {text!r}, an alt text or aria-label that says what it is is accepted"


def offline(page, path, html):
    for address in page.loads:
        if REMOTE.match(address):
            yield f"loads {address}, a file of the book is accepted"
        elif not address.startswith("data:"):
            file = path.parent / unquote(urlsplit(address).path)
            if not file.is_file():
                yield f"loads {address}, which does not exist; a file of the book is accepted"
            elif file.suffix == ".css":
                found = IMPORTS.findall(file.read_text(encoding="utf-8", errors="replace"))
                yield from (f"{file.name} loads {remote}, a file of the book is accepted" for remote in found)


def arrives(link, path, pages):
    """Whether a link inside the book leads to a file, and its fragment to an anchor."""
    parts = urlsplit(link)
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if target.is_dir():
        target /= "index.html"
    if target not in pages or not parts.fragment:
        return target.is_file()
    return unquote(parts.fragment) in pages[target].anchors


def check_pages(html):
    """What is wrong with the built book under `html`, a line a finding."""
    html = Path(html).resolve()
    files = [path for path in sorted(html.rglob("*.html")) if "_static" not in path.relative_to(html).parts]
    if not files:
        return [f"{html.name}: no built pages, make book makes them"]
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in files}
    found = []
    for path, page in pages.items():
        local = [link for link in page.links if not urlsplit(link).scheme and not REMOTE.match(link)]
        lost = sorted({link for link in local if link != "#" and not arrives(link, path, pages)})
        said = [*described(page), *offline(page, path, html)]
        said += [f"link {link} leads nowhere, an existing page and anchor is accepted" for link in lost]
        if page.article and page.titles != 1:  # the search page has no article
            said.append(f"{page.titles} titles (h1), one is accepted")
        found += [f"{path.relative_to(html)}: {text}" for text in said]
    return found
