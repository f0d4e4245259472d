"""Flags come into releases: from the artifact's flag file, from the live release, and by command."""

from __future__ import annotations

from dataclasses import replace

from bluegreen.core.errors import InvalidInput, Refused
from bluegreen.core.flag_edits import FlagEdits, edited
from bluegreen.core.flag_merge import Merged, merged
from bluegreen.core.flag_sets import LARGEST, taken_in
from bluegreen.core.model import AppState, Release
from bluegreen.engine.releases import ReleaseStore, release_digest
from bluegreen.ofrep.evaluation import Evaluation


def flags_in_file(store: ReleaseStore, artifact: str, name: str) -> str:
    """The canonical flag set of a file of an artifact. For a thread: it may read an archive to its end.

    Raises InvalidInput: the artifact has no such file, it is no flag set, or what evaluates it is not installed.
    """
    content = store.artifacts.read(artifact, name, LARGEST)
    if content is None:
        raise InvalidInput(
            f"The artifact has no file `{name}`, which `flags` names.",
            cure="Look whether .gitignore or .bluegreenignore keep it out.",
        )
    try:
        text = taken_in(content.decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{name} is not UTF-8.", why=str(error), cure="Save it as UTF-8.") from None
    Evaluation(text)
    return text


def with_flags(state: AppState, release: Release) -> tuple[Release, Merged]:
    """The release with the flags that are to be in force, those edited by command carried over, and its digest."""
    live = state.live_release
    found = merged(live.flags_in_file, live.flags, release.flags_in_file) if live else Merged(release.flags_in_file)
    return _with(release, found.text), found


def with_edits(state: AppState, edits: FlagEdits) -> tuple[Release, tuple[str, ...]]:
    """The live release with edited flags, and what a person should know of them.

    Raises Refused (nothing is live, or it has no flags), NotFound, InvalidInput.
    """
    live = state.live_release
    if live is None:
        raise Refused(f"No release of {state.app} is live.", cure="Run `bluegreen deploy`.")
    if not live.flags:
        raise Refused(
            f"{live.name}, the live release of {state.app}, has no flags.",
            cure="Name a flag file with `flags:` in bluegreen.yaml, and deploy.",
        )
    text, notices = edited(live.flags, edits)
    return replace(_with(live, text), number=0, status=None, served=False), notices


def _with(release: Release, text: str) -> Release:
    return replace(release, flags=text, digest=release_digest(release.folder_digest, text, release.models))
