"""The TSIG key with which updates are signed, in the form that BIND's ``tsig-keygen`` writes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from bluegreen.core.errors import PermanentError

_KEY = re.compile(r'key\s+"?(?P<name>[^"\s{]+)"?\s*\{(?P<body>[^}]*)\}')
_VALUE = r'\s+"?([^"\s;]+)"?\s*;'


@dataclass(frozen=True)
class Key:
    """A name that the server knows, and what is shared with it."""

    name: str
    algorithm: str
    secret: str = field(repr=False)


def read_key(file: str) -> Key:
    """The key in this file. Raises PermanentError when it cannot be had, or everybody could read it."""
    try:
        readable_by_all = Path(file).stat().st_mode & 0o004
        text = Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(file, str(error), "name the file that `tsig-keygen` has written") from error
    if readable_by_all:
        raise _unusable(file, "everybody on this machine can read it", f"chmod 600 {file}")
    found = _KEY.search(text)
    algorithm = re.search("algorithm" + _VALUE, found["body"]) if found else None
    secret = re.search("secret" + _VALUE, found["body"]) if found else None
    if found is None or algorithm is None or secret is None:
        cure = "write it with `tsig-keygen NAME`, and put the same into the server's configuration"
        raise _unusable(file, 'it has no `key "NAME" { algorithm …; secret "…"; };`', cure)
    return Key(found["name"], algorithm[1], secret[1])


def _unusable(file: str, why: str, cure: str) -> PermanentError:
    return PermanentError(f"the TSIG key in {file} cannot be used", why=why, cure=cure)
