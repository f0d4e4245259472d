"""JSONPath (RFC 9535), as a file may use it. Imports the library of the extra ``json`` only when it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bluegreen.config.problems import Wrong

if TYPE_CHECKING:
    from jsonpath import CompoundJSONPath, JSONPath

LONGEST = 500
"""Characters."""


def compiled(path: str) -> JSONPath | CompoundJSONPath:
    """The path, ready to find something with. Raises Wrong, and ModuleNotFoundError without the extra."""
    from jsonpath import JSONPathEnvironment, JSONPathError

    if len(path) > LONGEST:
        raise Wrong(f"longer than {LONGEST} characters")
    if not path.startswith("$"):
        raise Wrong(f"`{path[:40]}` does not begin with `$`", "`$` is the whole document, such as `$.queue_depth`")
    environment = JSONPathEnvironment(strict=True)
    # Regular expressions could be searched for in what came back without end, with the interpreter locked.
    for function in ("match", "search"):
        del environment.function_extensions[function]
    try:
        return environment.compile(path)
    except (JSONPathError, RecursionError) as error:
        reason = getattr(error, "message", None) or "nested too deeply"
        token = getattr(error, "token", None)
        place = f" (at its character {token.index + 1})" if token is not None and token.index >= 0 else ""
        raise Wrong(f"not a JSONPath: {reason}{place}", "such as `$.queue_depth` or `$.queues[0].depth`") from None
