"""The text of tokens, sessions and one-time codes: a public id, and a secret of 256 random bits."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["token", "session", "code"]

_LETTERS: dict[Kind, str] = {"token": "bgt", "session": "bgs", "code": "bgc"}
_KINDS = {letters: kind for kind, letters in _LETTERS.items()}
_TEXT = re.compile(r"(bg[tsc])_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
_ANYWHERE = re.compile(r"(bg[tsc]_[0-9a-f]{12})_[A-Za-z0-9_-]+", re.ASCII)
_NOBODY = bytes(32)


@dataclass(frozen=True)
class Secret:
    """A credential as its holder has it."""

    kind: Kind
    id: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        return f"{_LETTERS[self.kind]}_{self.id}_{self.secret}"

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.secret.encode()).digest()

    def is_that_of(self, digest: bytes | None) -> bool:
        """Whether it is the secret with this digest, in constant time, also where there is none to compare with."""
        return hmac.compare_digest(self.digest, digest or _NOBODY) and digest is not None


def new_secret(kind: Kind) -> Secret:
    """One that nobody can guess."""
    return Secret(kind, secrets.token_hex(6), secrets.token_urlsafe(32))


def parse_secret(text: str) -> Secret | None:
    """What a text is that somebody sent; None when it is none of ours."""
    match = _TEXT.fullmatch(text)
    return Secret(_KINDS[match[1]], match[2], match[3]) if match else None


def without_secrets(text: str) -> str:
    """A text in which somebody may have put a credential by mistake, with its public part alone."""
    return _ANYWHERE.sub(r"\1_…", text)
