"""What the site needs and a plain git host does not: the pages beside docs/, and fences without our marks.

Links on the pages are those of the repository, so that they work wherever it is browsed. Here a link to a page that is
not in docs/ leads to its copy on the site, and one to something that is no page (a folder, say) is left out, with its
text kept.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
BESIDE = {
    "README.md": "overview.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changes.md",
    "LICENSE": "licence.md",
}
"""Pages of the repository's root, and what they are called on the site."""
NAMES = {site: path for path, site in BESIDE.items()}
TITLES = {"README.md": "Overview"}

PIECE = re.compile(
    r"^```.*?^```$|(?P<picture>!?)\[(?P<text>(?:`[^`\n]+`|[^\]`])*)\]\((?P<target>[^)\s]+)\)|`[^`\n]+`",
    re.DOTALL | re.MULTILINE,
)
"""Fenced code, a link or picture, or code in a line: whichever begins first."""
MARKED = re.compile(r"^```(\w+) (?:tested|output)$", re.MULTILINE)


def on_files(files: Files, *, config: Any) -> Files:
    for path, site in BESIDE.items():
        text = (ROOT / path).read_text(encoding="utf-8")
        if path == "LICENSE":
            text = f"# Licence\n\n```text\n{text}\n```\n"
        files.append(File.generated(config, site, content=text))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    here = page.file.src_uri
    path = NAMES.get(here, f"docs/{here}")
    if path in TITLES:
        page.meta["title"] = TITLES[path]
    return MARKED.sub(r"```\1", PIECE.sub(lambda piece: _relinked(piece, path, here), markdown))


def _relinked(piece: re.Match[str], path: str, here: str) -> str:
    target, hash, anchor = (piece["target"] or "").partition("#")
    if not target or ":" in target:
        return piece[0]
    there = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    site = BESIDE.get(there) or (there.removeprefix("docs/") if there.startswith("docs/") else None)
    if site is None:
        return piece["text"]
    from_here = posixpath.relpath(site, posixpath.dirname(here) or ".")
    return f"{piece['picture']}[{piece['text']}]({from_here}{hash}{anchor})"
