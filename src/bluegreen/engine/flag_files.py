"""Flag sets on disk, each in a folder named for its content: what evaluates them reads them there."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from bluegreen.core.errors import PermanentError
from bluegreen.core.model import Release
from bluegreen.system.atomic import replace_file

NAME = "flags.json"


class FlagFiles:
    """The flag sets of all releases of a home."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def folder(self, app: str, release: Release) -> Path:
        """Where the flag set of a release is; equal ones of an application share it."""
        digest = hashlib.sha256(release.flags.encode()).hexdigest()
        return self._home / "apps" / app / "flags" / digest[:16]

    def path(self, app: str, release: Release) -> Path:
        return self.folder(app, release) / NAME

    def keep(self, app: str, release: Release) -> None:
        """Write it down where it is not, readable by this user only. Raises PermanentError."""
        path = self.path(app, release)
        if not release.flags or path.exists():
            return
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(path, release.flags.encode())
        except OSError as error:
            raise PermanentError(
                f"The flags of {release.name} cannot be written.", why=str(error), cure="Free some disk space."
            ) from error

    def remove(self, app: str, release: Release) -> None:
        if release.flags:
            shutil.rmtree(self.folder(app, release), ignore_errors=True)
