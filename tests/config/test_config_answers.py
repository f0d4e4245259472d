"""What guards of answers may say, and what a wrong one gets."""

from __future__ import annotations

import pytest
from tests.config.test_config_errors import GOOD

from bluegreen.config import ConfigError, parse
from bluegreen.core.spec import Outputs, Samples, Streaming


def watch_of(*guards: str, more: str = "") -> object:
    lines = "".join(f"    - {guard}\n" for guard in guards)
    watch = parse(f"{GOOD}watch:\n  guards:\n{lines}{more}").watch
    assert watch is not None
    return watch


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("outputs: {parse: json}", [Outputs("parse", "json", 2.0)]),
        ("outputs: {schema: a.json, at_most: 5%}", [Outputs("schema", "a.json", None, 0.05)]),
        ("outputs: {refusal: true, worse_than: 3x}", [Outputs("refusal", "", 3.0)]),
        ("outputs: {length: 0.5x}", [Outputs("length", "", 0.5)]),
        ("streaming: {broken: 2x}", [Streaming("broken", 2.0)]),
        (
            "streaming: {ttft_p95: 1.5x, gap_p95: 2x, tokens_per_second: 0.7x}",
            [Streaming("ttft_p95", 1.5), Streaming("gap_p95", 2.0), Streaming("tokens_per_second", 0.7)],
        ),
    ],
)
def test_each_guard_means_what_it_says(written: str, meant: list[object]) -> None:
    assert list(watch_of(written).guards) == meant  # type: ignore[attr-defined]


def test_samples() -> None:
    more = "  samples: {of: 0.5%, paths: /v1, redact: [$.user, '[0-9]{16}'], keep: 1h}\n"
    found = watch_of("outputs: {parse: json}", more=more).samples  # type: ignore[attr-defined]
    assert found == Samples(0.5, ("/v1",), ("$.user", "[0-9]{16}"), 3600.0)
    assert watch_of("outputs: {parse: json}").samples == Samples()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("guards", "more", "said"),
    [
        (["outputs: {}"], "", "nothing says which answers are bad"),
        (["outputs: {worse_than: 2x}"], "", "nothing says which answers are bad"),
        (["outputs: {parse: json, refusal: true}"], "", "one guard cannot have both `parse` and `refusal`"),
        (["outputs: {parse: json, worse_than: 2x, at_most: 5%}"], "", "one guard cannot do both"),
        (["outputs: {length: 0.5x, at_most: 5%}"], "", "`length` says itself what is worse"),
        (["outputs: {matches: '('}"], "", "not a regular expression"),
        (["streaming: {}"], "", "nothing says what of streams is judged"),
        (["streaming: {tokens_per_second: 1.5x}"], "", "would find nothing that is worse"),
        (["outputs: {parse: json}", "outputs: {parse: json, at_most: 1%}"], "", "is there twice"),
        (["error_rate"], "  samples: {of: 0%}\n", "not a share"),
        (["error_rate"], "  samples: {redact: ['(']}\n", "not a regular expression"),
        (["error_rate"], "  samples: {redact: ['$..[']}\n", "not a JSONPath"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(guards: list[str], more: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"bluegreen\.yaml:\d+:\d+") as caught:
        watch_of(*guards, more=more)
    assert said in str(caught.value)
