"""Which files of a folder belong to an artifact: what ``.gitignore`` and ``.bluegreenignore`` leave over."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from bluegreen.core.errors import InvalidInput

IGNORE_FILES = (".gitignore", ".bluegreenignore")
"""Read in this order in every folder; a later line wins, as in git: ``!dist/`` in ``.bluegreenignore`` packs what
``.gitignore`` leaves out."""

DEFAULT_PATTERNS = (".venv/", "venv/", "__pycache__/", "node_modules/")
"""Left out where neither file exists beside the application (or above it, in its git working tree)."""


@dataclass(frozen=True)
class _Rules:
    """The patterns of one folder; ``base`` is that folder relative to the top, with a slash at its end."""

    base: str
    spec: GitIgnoreSpec

    def judge(self, path: str) -> bool | None:
        """True: ignored, False: brought back, None: nothing said."""
        return self.spec.check_file(path[len(self.base) :]).include


def packed_files(folder: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Every file and symbolic link to pack, with its path relative to ``folder``, in the same order each time.

    ``.git`` is always left out, and so are sockets, devices and (as in git) folders with nothing in them to pack.

    Raises:
        InvalidInput: a folder or an ignore file cannot be read.
    """
    folder = folder.resolve()
    top = _working_tree(folder)
    prefix = f"{folder.relative_to(top).as_posix()}/" if folder != top else ""
    above = _rules_above(top, prefix)
    here = _rules_of(folder, prefix)
    if not above and here is None:
        above = [_Rules(prefix, GitIgnoreSpec.from_lines(DEFAULT_PATTERNS))]
    for path, entry in _walk(folder, prefix, above):
        yield path[len(prefix) :], entry


def _walk(folder: Path, base: str, rules: Sequence[_Rules]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    own = _rules_of(folder, base)
    rules = [*rules, own] if own else rules
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        raise _unreadable(folder, error) from error
    for entry in entries:
        if entry.name == ".git":
            continue
        is_folder = entry.is_dir(follow_symlinks=False)
        path = f"{base}{entry.name}/" if is_folder else f"{base}{entry.name}"
        if _ignored(path, rules):
            continue
        if is_folder:
            yield from _walk(Path(entry.path), path, rules)
        elif entry.is_symlink() or entry.is_file(follow_symlinks=False):
            yield path, entry


def _ignored(path: str, rules: Sequence[_Rules]) -> bool:
    for rule in reversed(rules):
        judged = rule.judge(path)
        if judged is not None:
            return judged
    return False


def _working_tree(folder: Path) -> Path:
    """The git working tree that holds the folder: its ignore files count as well. Without one, the folder itself."""
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists():
            return candidate
    return folder


def _rules_above(top: Path, prefix: str) -> list[_Rules]:
    """Rules of the folders above, unless they leave the whole folder out: somebody who names it wants it packed."""
    rules: list[_Rules] = []
    base = ""
    for name in prefix.split("/")[:-1]:
        found = _rules_of(top / base, base)
        rules += [found] if found else []
        base += f"{name}/"
        if _ignored(base, rules):
            return []
    return rules


def _rules_of(folder: Path, base: str) -> _Rules | None:
    lines: list[str] = []
    for name in IGNORE_FILES:
        try:
            text = (folder / name).read_bytes().decode("utf-8-sig", "surrogateescape")
        except (FileNotFoundError, IsADirectoryError):
            continue
        except OSError as error:
            raise _unreadable(folder / name, error) from error
        lines += text.splitlines()
    return _Rules(base, _spec(lines)) if lines else None


def _spec(lines: Sequence[str]) -> GitIgnoreSpec:
    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError:  # a pattern that means nothing, such as a lone "!": git passes over it, so do we
        return GitIgnoreSpec.from_lines([line for line in lines if _means_something(line)])


def _means_something(line: str) -> bool:
    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def _unreadable(path: Path, error: OSError) -> InvalidInput:
    return InvalidInput(
        f"{path} cannot be packed.",
        why=f"It cannot be read: {error.strerror}.",
        cure="Make it readable, or name it in .bluegreenignore.",
    )
