"""Releases on disk: artifacts by digest, one folder per release, and the secrets that belong to it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import re
import secrets as random
import shutil
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from bluegreen.core.errors import PermanentError
from bluegreen.core.model import Release
from bluegreen.core.spec import AppSpec, Component
from bluegreen.engine.flag_files import FlagFiles
from bluegreen.engine.keys import Keys
from bluegreen.system.artifacts import Artifacts
from bluegreen.system.atomic import replace_file
from bluegreen.system.faults import point
from bluegreen.system.manifest import Entry

Secrets = Mapping[str, Mapping[str, str]]
"""Values of each component's ``env_file``, by component."""


UNNAMED_KEPT = 3600.0
"""Seconds that the content of a file is kept which no artifact names: it may be sent before it is announced."""


class ReleaseStore:
    """Everything of releases that lies under the controller's home."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.artifacts = Artifacts(home)
        self.flag_files = FlagFiles(home)
        self._secrets: dict[tuple[str, str], Secrets] = {}
        self._locks: dict[Path, asyncio.Lock] = {}
        self._keys = Keys()

    # --- artifacts

    def artifact(self, digest: str) -> Path:
        """Where an artifact is that was sent as a whole archive."""
        return self.artifacts.archive(digest)

    def has_artifact(self, digest: str) -> bool:
        return self.artifacts.has(digest)

    def files_of(self, digest: str) -> Mapping[str, Entry]:
        """Files and links of a kept artifact by path (``sha256``, ``size``, ``executable``, ``target``).

        For a thread: it reads an archive to its end. Raises PermanentError.
        """
        return self.artifacts.files_of(digest)

    def clear_uploads(self) -> None:
        """Delete what broken uploads left behind."""
        self.artifacts.clear_uploads()

    def drop_unused(self, used: Collection[str], before: float) -> None:
        """Forget artifacts that no release has and that came before a time: their deployments were refused."""
        self.artifacts.drop_unused(used, before)

    # --- secrets

    def keyed_hash(self, secrets: Secrets) -> str:
        """A digest of secrets that tells nothing to who does not have this home's key; empty for none."""
        if not any(secrets.values()):
            return ""
        text = json.dumps(secrets, sort_keys=True, separators=(",", ":"))
        return hmac.new(self._key(), text.encode(), hashlib.sha256).hexdigest()

    def keep_secrets(self, app: str, hashed: str, secrets: Secrets) -> None:
        """Write secrets down under their hash, readable by this user only."""
        if hashed:
            path = self._secrets_file(app, hashed)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(path, json.dumps(secrets, sort_keys=True).encode())

    def secrets(self, app: str, release: Release) -> Secrets:
        """The secrets that a release was made with. Raises PermanentError when their file is gone."""
        if not release.secrets:
            return {}
        key = (app, release.secrets)
        if key not in self._secrets:
            path = self._secrets_file(app, release.secrets)
            try:
                self._secrets[key] = json.loads(path.read_bytes())
            except (OSError, ValueError) as error:
                raise PermanentError(
                    f"The secrets of {release.name} cannot be read.",
                    why=f"{path}: {error}",
                    cure="Deploy again from the folder that has the env_file.",
                ) from error
        return self._secrets[key]

    def secret_values(self, app: str, release: Release) -> tuple[str, ...]:
        """Every value of a release's secrets: what must be masked wherever output is shown."""
        return tuple(value for values in self.secrets(app, release).values() for value in values.values())

    def _secrets_file(self, app: str, hashed: str) -> Path:
        return self._home / "apps" / app / "secrets" / f"{hashed}.json"

    # --- keys

    def signature(self, text: str) -> str:
        """What only this home can write under a text: HMAC-SHA256, 43 url-safe characters."""
        signed = hmac.new(self._key(), f"signature of {text}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()

    def preview_key(self, app: str) -> str:
        """The value of the header that leads to the idle environment: made once for an application, 43 characters."""
        path = self._home / "apps" / app / "preview.key"
        return self._keys.get(path, lambda: random.token_urlsafe(32).encode(), _is_preview_key).decode()

    def _key(self) -> bytes:
        return self._keys.get(self._home / "key", lambda: os.urandom(32), lambda key: len(key) >= 32)

    # --- folders

    def folder(self, app: str, release: Release) -> Path:
        """Where a release's files are, or will be: named for what it is made of, so that equal releases share it."""
        return self._home / "apps" / app / "releases" / release.folder_digest[:16]

    def lock(self, app: str, release: Release) -> asyncio.Lock:
        """To be held by who changes the release's folder."""
        return self._locks.setdefault(self.folder(app, release), asyncio.Lock())

    def is_built(self, app: str, release: Release) -> bool:
        return self.folder(app, release).is_dir() and self._marker(app, release).exists()

    def mark_built(self, app: str, release: Release) -> None:
        """Remember that every build command has succeeded in this folder."""
        replace_file(self._marker(app, release), release.folder_digest.encode())

    def put_in_place(self, app: str, release: Release) -> Path:
        """Unpack the artifact into the release's folder, afresh. Raises PermanentError when the artifact is gone."""
        folder = self.folder(app, release)
        if not self.has_artifact(release.artifact):
            raise PermanentError(
                f"The artifact of {release.name} is gone.",
                why=f"{self.artifact(release.artifact)} does not exist.",
                cure="Deploy the release again from its sources.",
            )
        self._marker(app, release).unlink(missing_ok=True)
        if folder.exists():
            shutil.rmtree(folder)
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        point("before unpacking a release")
        self.artifacts.unpack(release.artifact, folder)
        point("after unpacking a release")
        return folder

    def remove(self, app: str, release: Release, *, others: Sequence[Release]) -> None:
        """Delete a release's folder, artifact, secrets and flag file where no other release has the same."""
        if not any(other.folder_digest == release.folder_digest for other in others):
            shutil.rmtree(self.folder(app, release), ignore_errors=True)
            self._marker(app, release).unlink(missing_ok=True)
        if not any(other.artifact == release.artifact for other in others):
            self.artifacts.remove(release.artifact)
            self.artifacts.drop_contents(time.time() - UNNAMED_KEPT)
        if release.secrets and not any(other.secrets == release.secrets for other in others):
            self._secrets_file(app, release.secrets).unlink(missing_ok=True)
        if not any(other.flags == release.flags and other.spec.app == app for other in others):
            self.flag_files.remove(app, release)

    def _marker(self, app: str, release: Release) -> Path:
        return self.folder(app, release).with_suffix(".built")


def _is_preview_key(value: bytes) -> bool:
    return re.fullmatch(rb"[A-Za-z0-9_-]{32,200}", value) is not None


def built_digest(artifact: str, spec: AppSpec, secrets: str) -> str:
    """SHA-256 over what a release's folder is made of: artifact, specification and keyed hash of the secrets."""
    return _sha256({"artifact": artifact, "spec": asdict(spec), "secrets": secrets})


def release_digest(built: str, flags: str = "", models: Mapping[str, str] | None = None) -> str:
    """SHA-256 over all that a release is: `built_digest`, the flag set in force, the revisions of its models."""
    if not flags and not models:
        return built
    return _sha256({"built": built, "flags": flags, "models": dict(models or {})})


def shared_digest(artifact: str, component: Component) -> str:
    """The digest of a shared component as one release describes it."""
    described = asdict(component)
    del described["cost_per_hour"]  # what it costs does not change what runs
    return _sha256({"artifact": artifact, "component": described})


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()
