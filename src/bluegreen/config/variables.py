"""Values that stand in the environment of the controller instead of in its file."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bluegreen.config.problems import Wrong

_NAMED = re.compile(r"\$(?:\$|(?P<bare>[A-Za-z_][A-Za-z0-9_]*)|\{(?P<braced>[A-Za-z_][A-Za-z0-9_]*)\})")


def expanded(value: str, environ: Mapping[str, str]) -> str:
    """The value with each ``$NAME`` and ``${NAME}`` replaced; ``$$`` is a dollar. Raises Wrong without any value."""

    def found(match: re.Match[str]) -> str:
        name = match["bare"] or match["braced"]
        if name is None:
            return "$"
        if not environ.get(name):
            raise Wrong(f"`${name}` is not set in the controller's environment", "a dollar itself is written `$$`")
        return environ[name]

    return _NAMED.sub(found, value)
