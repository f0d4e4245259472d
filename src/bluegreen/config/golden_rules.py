"""What must hold between the keys of ``evaluators:``, ``golden:`` and ``latency:``."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from bluegreen.config import evaluator_models as e
from bluegreen.config import golden_models as g
from bluegreen.config.breach import Breach
from bluegreen.config.document import Path
from bluegreen.config.hints import did_you_mean
from bluegreen.config.models import FileModel
from bluegreen.core.measures import ADVISORY, KINDS
from bluegreen.core.scores import parse

_WORDS = ("and", "or", "reference", "status")
_LIBRARIES = {"schema": "jsonschema_rs", "similar": "rapidfuzz"}
_LIMITS = ("ttft_p50", "ttft_p95", "gap_p95", "tokens_per_second")


def evaluator_breaches(file: FileModel) -> Iterator[Breach]:
    """Every rule about evaluators that the file breaks."""
    for name, section in file.evaluators.items():
        path: Path = ("evaluators", name)
        kinds = [kind for kind in e.EvaluatorSection.model_fields if getattr(section, kind) is not None]
        if not kinds:
            known = ", ".join(f"`{kind}`" for kind in e.EvaluatorSection.model_fields)
            yield Breach(path, f"an evaluator needs one of {known}", "such as `command: ./evals/tone.py`", True)
        if len(kinds) > 1:
            message = f"one evaluator cannot be both `{kinds[0]}` and `{kinds[1]}`"
            yield Breach((*path, kinds[1]), message, "give each a name of its own", True)
        if name in _WORDS or (name in KINDS and kinds != [name]):
            yield Breach(path, f"`{name}` means something else already", "choose another name", True)


def golden_breaches(section: g.GoldenSection, file: FileModel, path: Path) -> Iterator[Breach]:
    """Every rule that a golden set breaks; the lines of its file are looked at elsewhere."""
    known = (*KINDS, *file.evaluators)
    advisory = {name for name, one in file.evaluators.items() if any(getattr(one, kind) for kind in ADVISORY)}
    for name in dict.fromkeys(parse(section.expect.score).names()) if section.expect.score else ():
        if name not in known:
            yield Breach((*path, "expect", "score"), *_unknown(name, known))
        elif name in advisory:
            message = f"`{name}` gives advice and cannot decide: it rates a wrong number as nearly right"
            yield Breach((*path, "expect", "score"), message, f"write `advice: [{name}]` to see its scores")
    yield from _extras(section, path)
    for index, name in enumerate(section.advice):
        if name not in known:
            yield Breach((*path, "advice", index), *_unknown(name, known))


def _extras(section: g.GoldenSection, path: Path) -> Iterator[Breach]:
    """Measures whose library is not installed."""
    scores = section.expect.score
    named = {"similar"} & set(parse(scores).names()) if scores else set()
    for name in ("schema", *named):
        there = name != "schema" or section.expect.schema_ is not None
        if there and find_spec(_LIBRARIES[name]) is None:
            key = name if name == "schema" else "score"
            hint = "pip install 'bluegreen[evals]', where the controller runs as well"
            yield Breach((*path, "expect", key), f"`{name}` needs the extra `evals`, which is not installed", hint)


def latency_breaches(section: g.StreamLatencySection, file: FileModel, path: Path) -> Iterator[Breach]:
    """Every rule that a check of streams breaks."""
    if section.file is None and not any(check.golden for check in file.verify):
        yield Breach(path, "nothing says what is asked", "add `file: evals/golden.jsonl`, or a `golden` check", True)
    if all(getattr(section, key) is None for key in _LIMITS) and "broken" not in section.model_fields_set:
        yield Breach(path, "nothing says what is too slow", "such as `ttft_p95: 800ms`", True)


def _unknown(name: str, known: tuple[str, ...]) -> tuple[str, str]:
    hint = did_you_mean(name, known) or "known are " + ", ".join(f"`{one}`" for one in known)
    return f"there is no measure `{name}`", hint
