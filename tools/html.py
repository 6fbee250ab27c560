"""From the staged book to HTML: Sphinx's settings out of _config.yml, the run of Sphinx, the archive of the result."""

import hashlib
import json
import shutil
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import yaml

OTHER = ("requirements.lock", "_toc.yml")
BUTTONS = ("use_repository_button", "use_issues_button", "use_edit_page_button")


class SphinxError(Exception):
    """Sphinx found something wrong with the pages."""


def configuration(root: Path, **repository: str) -> dict:
    """Sphinx's settings, from _config.yml; `repository` overrides its entry of that name (url, branch).

    Without an address of the repository there are no launch, repository, issue and edit buttons.
    """
    from jupyter_book.config import get_final_config

    book = yaml.safe_load((root / "_config.yml").read_text())
    book["repository"].update(repository)
    if not book["repository"]["url"]:
        book.pop("launch_buttons", None)
        book["html"] = {name: value for name, value in book["html"].items() if name not in BUTTONS}
    command = {"latex_individualpages": False, "external_toc_path": str(root / "_toc.yml")}
    settings, _ = get_final_config(user_yaml=book, cli_config=command, raise_on_invalid=True)
    settings["extensions"].remove("sphinx_thebe")  # it names a script on the network
    return settings


def source_url(settings: dict) -> str:
    """Where the repository shows its files; empty while its address is."""
    theme = settings["html_theme_options"]
    return f"{theme['repository_url']}/blob/{theme['repository_branch']}" if theme["repository_url"] else ""


def fingerprint(root: Path, settings: dict) -> str:
    """A hash of what all pages depend on besides their own sources; when it changes, all of them are made anew."""
    files = [*Path(__file__).parent.glob("*.py"), *root.glob("assets/static/*.css"), *(root / name for name in OTHER)]
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def make_html(root: Path, settings: dict) -> None:
    """Run Sphinx on the staged book.

    Raises
    ------
    SphinxError
        If Sphinx warned.  The next build then reads all pages again: Sphinx repeats no warning of a page that it knows.
    """
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    build = root / "_build"
    mark, wanted = build / "doctrees" / "fingerprint", fingerprint(root, settings)
    fresh = not mark.is_file() or mark.read_text() != wanted
    mark.unlink(missing_ok=True)
    if fresh:  # no page or picture of an earlier book stays behind
        shutil.rmtree(build / "html", ignore_errors=True)
        shutil.rmtree(build / "jupyter_execute", ignore_errors=True)
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            srcdir=build / "src",
            confdir=None,
            outdir=build / "html",
            doctreedir=build / "doctrees",
            buildername="html",
            confoverrides=settings,
            status=None,
            warning=sys.stderr,
            freshenv=fresh,
            warningiserror=True,
            keep_going=True,
        )
        app.build(force_all=fresh)
    if app.statuscode:
        raise SphinxError("the HTML has warnings, listed above")
    mark.write_text(wanted)


def release(root: Path) -> Path:
    """Pack the built book; its SHA-256 stands in a file beside it."""
    name = f"video-diffusion-{version('vdtext')}"
    pages, archive = root / "_build" / "html", root / "_build" / f"{name}.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(pages.rglob("*")):
            packed.write(file, f"{name}/{file.relative_to(pages)}")
    checksum = hashlib.sha256(archive.read_bytes()).hexdigest()
    archive.with_suffix(".zip.sha256").write_text(f"{checksum}  {archive.name}\n")
    return archive.relative_to(root)
