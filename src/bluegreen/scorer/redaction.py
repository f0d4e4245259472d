"""Takes out of an answer what its file says may not be kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from bluegreen.config.jsonpaths import compiled

INSTEAD = "[redacted]"
LEFT_OUT = "[left out: what is to be redacted by JSONPath cannot be found in what is no JSON]"


class Redaction:
    """Regular expressions, and JSONPaths (they begin with ``$``)."""

    def __init__(self, rules: Iterable[str]) -> None:
        rules = tuple(rules)
        self._patterns = [re.compile(rule) for rule in rules if not rule.startswith("$")]
        self._paths = [compiled(rule) for rule in rules if rule.startswith("$")]

    def text(self, text: str) -> str:
        """A text without what the regular expressions find."""
        for pattern in self._patterns:
            text = pattern.sub(INSTEAD, text)
        return text

    def body(self, text: str, document: Any) -> str:
        """An answer's text; ``document`` is the JSON that it came in, None for none.

        Where paths are to be taken out and there is no JSON, nothing of it is kept: better no evidence than a leak.
        """
        if not self._paths:
            return self.text(text)
        if document is None:
            return LEFT_OUT
        whole = json.loads(json.dumps(document))
        for path in self._paths:
            for match in path.finditer(whole):
                whole = _without(whole, list(match.parts))
        return self.text(json.dumps(whole, ensure_ascii=False))


def _without(whole: Any, parts: list[str | int]) -> Any:
    if not parts:
        return INSTEAD
    place = whole
    for part in parts[:-1]:
        place = place[part]
    place[parts[-1]] = INSTEAD
    return whole
