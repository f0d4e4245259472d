"""Whether an answer refuses to do what was asked: by the phrases that assistants begin refusals with.

A short list on purpose. It finds plain refusals in English; what else an application counts as one, its file adds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LOOKED_AT = 300
"""Characters of an answer that are looked at: who refuses, begins with it, and later the same words are harmless."""

PHRASES = (
    "i can't help with",
    "i can't assist with",
    "i can't do that",
    "i can't provide",
    "i can't fulfill",
    "i can't answer",
    "i can't comply",
    "i can't discuss",
    "i can't create",
    "i can't generate",
    "i can't share",
    "i can't engage",
    "i won't be able to",
    "i won't help",
    "i won't provide",
    "i'm unable to",
    "i'm not able to",
    "i'm not comfortable",
    "i'm sorry, but i can't",
    "i must decline",
    "i have to decline",
    "i decline to",
    "i refuse to",
    "i don't feel comfortable",
    "i'm just an ai",
    "it would be inappropriate for me",
    "it's against my guidelines",
    "that's against my guidelines",
    "against my programming",
    "as an ai language model, i can't",
)
"""In lower case, with contractions; `normal` makes the long forms into these."""

_LONG = (("cannot", "can't"), ("can not", "can't"), ("i am", "i'm"), ("will not", "won't"), ("do not", "don't"))
_LONG_IT = (("it is", "it's"), ("that is", "that's"))


def refusal_in(text: str, also: Iterable[str] = ()) -> str | None:
    """The phrase by which an answer is a refusal; None when it is none. ``also``: further phrases."""
    beginning = normal(text[:LOOKED_AT])
    return next((phrase for phrase in (*PHRASES, *map(normal, also)) if phrase in beginning), None)


def normal(text: str) -> str:
    """Lower case, plain apostrophes, single spaces, contractions."""
    plain = re.sub(r"\s+", " ", text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")).strip()
    for long, short in (*_LONG, *_LONG_IT):
        plain = re.sub(rf"\b{long}\b", short, plain)
    return plain
