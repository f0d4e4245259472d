"""What openfeature-flagd-core gives, as OFREP says it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bluegreen.core.errors import InvalidInput
from bluegreen.core.flag_targeting import OPERATORS
from bluegreen.ofrep.evaluation import Evaluation

OURS = {"if": [{"ends_with": [{"var": "email"}, "@example.com"]}, "on"]}


def evaluation(**flags: Any) -> Evaluation:
    return Evaluation(json.dumps({"flags": flags, "metadata": {"flagSetId": "shop"}}))


def flag(variants: dict[str, Any], default: str | None, **more: Any) -> dict[str, Any]:
    return {"state": "ENABLED", "variants": variants, "defaultVariant": default, **more}


@pytest.mark.parametrize(
    ("variants", "value"),
    [
        ({"a": True, "b": False}, True),
        ({"a": "x"}, "x"),
        ({"a": 1, "b": 2}, 1),
        ({"a": 1, "b": 2.5}, 1.0),
        ({"a": {"k": [1]}}, {"k": [1]}),
    ],
)
def test_a_value_has_the_type_of_the_flag(variants: dict[str, Any], value: Any) -> None:
    outcome = evaluation(f=flag(variants, "a")).one("f", {})
    assert outcome == {
        "key": "f",
        "reason": "STATIC",
        "variant": "a",
        "value": value,
        "metadata": {"flagSetId": "shop"},
    }
    assert type(outcome["value"]) is type(value)


def test_targeting_that_decides_is_a_match_and_otherwise_it_is_not_static() -> None:
    subject = evaluation(f=flag({"on": True, "off": False}, "off", targeting=OURS))
    matched = subject.one("f", {"targetingKey": "u", "email": "x@example.com"})
    assert (matched["reason"], matched["variant"], matched["value"]) == ("TARGETING_MATCH", "on", True)
    others = subject.one("f", {"targetingKey": "u", "email": "x@example.org"})
    assert (others["reason"], others["variant"], others["value"]) == ("UNKNOWN", "off", False)


@pytest.mark.parametrize(
    ("definition", "reason"),
    [
        (flag({"a": 1}, "a", state="DISABLED"), "DISABLED"),
        (flag({"a": 1}, None), "UNKNOWN"),
    ],
)
def test_without_a_variant_the_codes_default_holds(definition: dict[str, Any], reason: str) -> None:
    outcome = evaluation(f=definition).one("f", {})
    assert "value" not in outcome
    assert (outcome["reason"], outcome["variant"]) == (reason, "")


def test_a_share_of_users_is_chosen_by_the_targeting_key() -> None:
    rule = {"fractional": [["on", 50], ["off", 50]]}
    subject = evaluation(f=flag({"on": True, "off": False}, "off", targeting=rule))
    given = [subject.one("f", {"targetingKey": f"user-{n}"})["variant"] for n in range(400)]
    assert 120 < given.count("on") < 280
    assert given == [subject.one("f", {"targetingKey": f"user-{n}"})["variant"] for n in range(400)]


def test_what_fails_says_so_in_the_codes_of_the_protocol() -> None:
    subject = evaluation(
        lost=flag({"on": True}, "on", targeting={"if": [True, "onn"]}),
        broken=flag({"on": True}, "on", targeting={"/": [1, 0]}),
        fine=flag({"on": True}, "on"),
    )
    assert subject.one("none", {})["errorCode"] == "FLAG_NOT_FOUND"
    assert subject.one("lost", {})["errorCode"] == "GENERAL"
    assert subject.one("broken", {})["errorCode"] == "GENERAL"
    by_key = {outcome["key"]: outcome for outcome in subject.all({})}
    assert by_key["fine"]["value"] is True
    assert all(isinstance(by_key[key]["errorDetails"], str) for key in ("lost", "broken"))


def test_what_flagd_core_does_not_take_is_refused_with_its_reason() -> None:
    with pytest.raises(InvalidInput, match="does not take") as refused:
        Evaluation('{"flags": {"f": {"state": "ON", "variants": {"a": 1}}}}')
    assert "state" in refused.value.why


def test_the_operators_that_are_taken_are_those_that_are_known() -> None:
    import sys

    from openfeature.contrib.tools.flagd.core.targeting import targeting  # noqa: F401 - its module has the operators

    known = set(sys.modules["openfeature.contrib.tools.flagd.core.targeting.targeting"].OPERATORS)
    assert known <= OPERATORS
    # Those that decide which of their operands are looked at at all are not among the functions.
    assert OPERATORS - known == {"if", "?:", "and", "or", "filter", "reduce", "map", "all", "some", "none"}
