"""What must hold between the keys of guards that score a sample of answers."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from bluegreen.config.breach import Breach
from bluegreen.config.document import Path
from bluegreen.config.watch_models import GuardSection, OutputsSection, StreamingSection


def answer_breaches(guard: GuardSection, path: Path) -> Iterator[Breach]:
    """Every rule about `outputs` and `streaming` that this guard breaks."""
    if guard.outputs is not None:
        yield from _outputs(guard.outputs, (*path, "outputs"))
        yield from _extra((*path, "outputs"))
    if guard.streaming is not None:
        yield from _streaming(guard.streaming, (*path, "streaming"))
        yield from _extra((*path, "streaming"))


def _extra(path: Path, module: str = "grpc", extra: str = "outputs") -> Iterator[Breach]:
    if find_spec(module) is None:
        message = f"this kind of guard needs the extra `{extra}`, which is not installed"
        yield Breach(path, message, f"pip install 'bluegreen[{extra}]', where the controller runs as well", on_key=True)


def _outputs(section: OutputsSection, path: Path) -> Iterator[Breach]:
    rules = section.rules
    if not rules:
        hint = "such as `parse: json`, `matches: '^[A-Z]'` or `length: 0.5x`"
        yield Breach(path, "nothing says which answers are bad", hint, on_key=True)
    if section.schema_ is not None:
        yield from _extra((*path, "schema"), "jsonschema_rs", "evals")
    if len(rules) > 1:
        message = f"one guard cannot have both `{rules[0]}` and `{rules[1]}`"
        yield Breach((*path, rules[1]), message, "begin a second one with `- outputs:`", on_key=True)
    if section.worse_than is not None and section.at_most is not None:
        message = "`worse_than` compares with before, `at_most` does not: one guard cannot do both"
        yield Breach((*path, "at_most"), message, "remove one of the two", on_key=True)
    for key in ("worse_than", "at_most"):
        if section.length is not None and getattr(section, key) is not None:
            message = f"`length` says itself what is worse, so `{key}` has no meaning here"
            yield Breach((*path, key), message, "remove it", on_key=True)


def _streaming(section: StreamingSection, path: Path) -> Iterator[Breach]:
    if not section.model_fields_set:
        hint = "such as `ttft_p95: 1.5x`, `gap_p95: 2x`, `tokens_per_second: 0.7x` or `broken: 2x`"
        yield Breach(path, "nothing says what of streams is judged", hint, on_key=True)
