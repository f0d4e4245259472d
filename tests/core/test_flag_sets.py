"""Flag sets: what is one, how they are edited, merged and compared."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.core.errors import InvalidInput, NotFound
from bluegreen.core.flag_changes import flag_changes, in_words
from bluegreen.core.flag_edits import FlagEdits, edited
from bluegreen.core.flag_flaws import flaws
from bluegreen.core.flag_merge import merged
from bluegreen.core.flag_sets import LARGEST, NotJson, canonical, flags_of, parsed, taken_in

Flag = dict[str, Any]


def flag(default: str | None = "off", **more: Any) -> Flag:
    return {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": default, **more}


def text_of(**flags: Flag) -> str:
    return canonical({"flags": flags})


WRONG: list[tuple[Any, str]] = [
    ([], "must be an object"),
    ({}, "`flags` is missing"),
    ({"flags": [flag()]}, "flags: must be an object"),
    ({"flags": {"a": 1}}, "flags.a: a flag must be an object"),
    ({"flags": {"": flag()}}, "the name of a flag"),
    ({"flags": {"a": {"variants": {"on": True}}}}, "`state` must be"),
    ({"flags": {"a": flag(state="on")}}, "flags.a.state: `state` must be"),
    ({"flags": {"a": flag(variants={})}}, "at least one variant"),
    ({"flags": {"a": flag(variants={"on": None, "off": None})}}, "flags.a.variants.on: must be true or false"),
    ({"flags": {"a": flag(variants={"on": True, "off": 0})}}, "all variants of a flag must be of one type"),
    ({"flags": {"a": flag("offf")}}, "there is no variant `offf` (its variants are `on`, `off`)"),
    ({"flags": {"a": flag(default=True)}}, "must be the name of a variant"),  # type: ignore[arg-type]
    ({"flags": {"a": flag(targetting={})}}, "did you mean `targeting`?"),
    ({"flags": {"a": flag(targeting=[])}}, "flags.a.targeting: must be an object"),
    ({"flags": {"a": flag(targeting={"iff": []})}}, "there is no operator `iff` (did you mean `if`?)"),
    ({"flags": {"a": flag(targeting={"if": [{"$ref": "x"}]})}}, "there is no rule `x` in `$evaluators`"),
    ({"flags": {"a": flag(metadata={"team": None})}}, "metadata is text"),
    ({"flags": {}, "metadata": []}, "metadata: must be an object"),
    ({"flags": {}, "$evaluators": {"x": {"no": 1}}}, "$evaluators.x.no: there is no operator `no`"),
]


@pytest.mark.parametrize(("value", "said"), WRONG)
def test_what_is_wrong_is_said_at_its_place(value: Any, said: str) -> None:
    found = [str(flaw) for flaw in flaws(value)]
    assert any(said in text for text in found), found
    with pytest.raises(InvalidInput, match="no flag set"):
        taken_in(json.dumps(value), "flags.json")


def test_what_flagd_takes_is_taken() -> None:
    rule = {"if": [{"in": [{"var": "plan"}, ["pro", "team"]]}, "on", {"fractional": [["on", 10], ["off", 90]]}]}
    whole = {
        "$schema": "https://flagd.dev/schema/v0/flags.json",
        "metadata": {"flagSetId": "shop", "version": 3},
        "$evaluators": {"ours": {"ends_with": [{"var": "email"}, "@example.com"]}},
        "flags": {
            "a": flag(targeting=rule),
            "b": flag(None),
            "c": flag(targeting={"if": [{"$ref": "ours"}, "on"]}, metadata={"owner": "web"}),
            "d": {"state": "DISABLED", "variants": {"x": 1, "y": 2.5}, "defaultVariant": "x"},
            "e": {"state": "ENABLED", "variants": {"x": {"a": 1}, "y": {}}, "defaultVariant": ""},
        },
    }
    assert json.loads(taken_in(json.dumps(whole), "flags.json")) == whole


@pytest.mark.parametrize(
    "text",
    [
        '{"flags": ',
        '{"flags": {"a": NaN}}',
        '{"flags": {}, "flags": {}}',
        "[" * 100_000,
        " " * (LARGEST + 1),
        "9" * 5000,
    ],
)
def test_what_is_no_json_is_said_to_be_none(text: str) -> None:
    with pytest.raises(NotJson):
        parsed(text)


@pytest.mark.parametrize("value", ["\ud800", float("inf"), '"' * LARGEST])
def test_what_cannot_be_kept_is_refused(value: Any) -> None:
    with pytest.raises(NotJson):
        canonical({"flags": {"a": {"state": "ENABLED", "variants": {"a": value}}}})


def test_an_edit_sets_the_default_variant_or_the_state() -> None:
    before = text_of(a=flag(), b=flag("on"))
    after, notices = edited(before, FlagEdits({"a": "on"}, {"b": "DISABLED"}))
    assert flags_of(after) == {"a": flag("on"), "b": flag("on", state="DISABLED")}
    assert notices == ()
    assert in_words(flag_changes(before, after)) == "a: off → on; b: on → disabled"


def test_an_edit_that_decides_less_than_it_seems_says_so() -> None:
    text = text_of(a=flag(targeting={"if": [True, "on"]}), b=flag(state="DISABLED"))
    _, notices = edited(text, FlagEdits({"a": "on", "b": "on"}))
    assert "a has targeting" in notices[0]
    assert "b is disabled" in notices[1]


def test_an_edit_of_what_is_not_there_is_refused() -> None:
    with pytest.raises(NotFound, match="no flag checkout") as refused:
        edited(text_of(**{"new-checkout": flag()}), FlagEdits({"checkout": "on"}))
    assert "new-checkout" in refused.value.why
    with pytest.raises(InvalidInput, match="has no variant yes"):
        edited(text_of(a=flag()), FlagEdits({"a": "yes"}))
    with pytest.raises(InvalidInput, match="No flag was named"):
        edited(text_of(a=flag()), FlagEdits())


def test_changes_are_told_by_what_a_flag_gives() -> None:
    before = text_of(a=flag(), b=flag(), c=flag(), d=flag())
    after = text_of(
        a=flag("on", targeting={"if": [True, "on"]}), b=flag(metadata={"owner": "web"}), c=flag(None), e=flag("on")
    )
    assert [str(change) for change in flag_changes(before, after)] == [
        "a: off → on (targeting changed)",
        "b: metadata changed",
        "c: off → the code's default",
        "d removed (off)",
        "e added (on)",
    ]
    assert [str(change) for change in flag_changes("", text_of(a=flag()))] == ["a added (off)"]
    assert [str(c) for c in flag_changes(text_of(), canonical({"flags": {}, "$evaluators": {"x": {}}}))] == [
        "$evaluators: $evaluators changed"
    ]


BASE = text_of(a=flag(), b=flag(), c=flag())
OURS = text_of(a=flag("on"), b=flag("on"), c=flag())


def test_an_edit_by_command_is_carried_over_where_the_file_left_the_flag_alone() -> None:
    theirs = text_of(a=flag(), b=flag(), c=flag("on"), d=flag())
    found = merged(BASE, OURS, theirs)
    assert flags_of(found.text) == {"a": flag("on"), "b": flag("on"), "c": flag("on"), "d": flag()}
    assert [str(change) for change in found.kept] == ["a: off → on", "b: off → on"]
    assert found.overruled == ()


def test_the_file_holds_where_it_changes_the_flag_itself() -> None:
    theirs = text_of(a=flag(metadata={"owner": "web"}), c=flag())
    found = merged(BASE, OURS, theirs)
    assert found.text == theirs
    assert [change.flag for change in found.overruled] == ["a", "b"]
    assert found.kept == ()


def test_a_file_that_has_the_edit_by_now_leaves_nothing_to_tell() -> None:
    assert merged(BASE, OURS, OURS) == merged(BASE, BASE, OURS)
    assert merged(BASE, OURS, text_of(a=flag("on"), b=flag(), c=flag())).overruled == ()


def test_without_flags_on_one_side_the_new_file_holds() -> None:
    assert merged("", "", BASE).text == BASE
    assert merged(BASE, OURS, "").text == ""


SETS = st.dictionaries(
    st.sampled_from("abc"),
    st.builds(flag, st.sampled_from(["on", "off", None]), state=st.sampled_from(["ENABLED", "DISABLED"])),
)


@given(SETS, SETS, SETS)
def test_a_merge_takes_every_flag_from_one_side_and_the_file_where_it_changed(
    base: dict[str, Flag], ours: dict[str, Flag], theirs: dict[str, Flag]
) -> None:
    found = merged(*(text_of(**flags) for flags in (base, ours, theirs)))
    in_force = flags_of(found.text)
    assert in_force.keys() == theirs.keys(), "a command neither adds a flag nor removes one"
    for name, new in theirs.items():
        untouched = new == base.get(name)
        edit = ours.get(name)
        assert in_force[name] == (edit if untouched and edit is not None else new)
        assert any(change.flag == name for change in found.kept) == (in_force[name] != new)
