"""What every journal promises."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bluegreen.core import events as e
from bluegreen.core.errors import BluegreenError
from bluegreen.core.model import Color, Release, Traffic
from bluegreen.core.spec import AppSpec, CommandCheck, Component, HttpCheck, Tls
from bluegreen.journal.base import Draft, Entry, Journal, JournalConflict
from bluegreen.journal.memory import MemoryJournal
from bluegreen.journal.sqlite import SqliteJournal

Scenario = Callable[[Journal], Awaitable[None]]


@pytest.fixture(params=[MemoryJournal, SqliteJournal])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Scenario], None]:
    """Run a scenario with a new journal of each kind."""
    count = iter(range(10_000))

    async def with_journal(scenario: Scenario) -> None:
        home = tmp_path / str(next(count))
        home.mkdir()
        journal = request.param(home)
        try:
            await scenario(journal)
        finally:
            await journal.close()

    return lambda scenario: asyncio.run(with_journal(scenario))


def draft(event: e.Event | None = None, app: str = "shop", **fields: Any) -> Draft:
    values: dict[str, Any] = {"at": 1700000000.125, "actor": "ann", "reason": "because", **fields}
    return Draft(app, event=event or e.Unlocked(), **values)


def seqs(entries: Sequence[Entry]) -> list[int]:
    return [entry.seq for entry in entries]


def test_a_new_one_is_empty(play: Callable[[Scenario], None]) -> None:
    async def scenario(journal: Journal) -> None:
        assert list(await journal.read()) == []
        assert list(await journal.read("shop", before=10, limit=5)) == []
        assert list(await journal.apps()) == []

    play(scenario)


def test_what_is_appended_is_read(play: Callable[[Scenario], None]) -> None:
    async def scenario(journal: Journal) -> None:
        drafts = [draft(e.Locked("why")), draft(e.RouteRequested(3, {Color.BLUE: 95, Color.GREEN: 5}, 7), actor="bob")]
        appended = await journal.append(drafts, after=0)
        assert seqs(appended) == [1, 2]
        assert [(x.app, x.at, x.actor, x.reason, x.event) for x in appended] == [
            (x.app, x.at, x.actor, x.reason, x.event) for x in drafts
        ]
        assert list(await journal.read()) == list(appended) == list(await journal.read("shop"))
        assert await journal.append([], after=2) == []

    play(scenario)


def test_entries_are_numbered_over_all_applications(play: Callable[[Scenario], None]) -> None:
    async def scenario(journal: Journal) -> None:
        assert seqs(await journal.append([draft()], after=0)) == [1]
        assert seqs(await journal.append([draft(app="blog")] * 2, after=0)) == [2, 3]
        assert seqs(await journal.append([draft()], after=1)) == [4]
        assert seqs(await journal.append([draft(app="blog")], after=3)) == [5]
        assert list(await journal.apps()) == ["blog", "shop"]
        assert seqs(await journal.read("shop")) == [1, 4]
        assert seqs(await journal.read()) == [1, 2, 3, 4, 5]
        assert list(await journal.read("none")) == []

    play(scenario)


def test_reading_a_part(play: Callable[[Scenario], None]) -> None:
    async def scenario(journal: Journal) -> None:
        await journal.append([draft()] * 5, after=0)
        await journal.append([draft(app="blog")] * 5, after=0)
        assert seqs(await journal.read(after=3)) == [4, 5, 6, 7, 8, 9, 10]
        assert seqs(await journal.read(after=3, limit=2)) == [4, 5]
        assert seqs(await journal.read(before=4)) == [1, 2, 3]
        assert seqs(await journal.read(before=4, limit=2)) == [2, 3]
        assert seqs(await journal.read(after=2, before=9, limit=100)) == [3, 4, 5, 6, 7, 8]
        assert seqs(await journal.read("blog", before=11, limit=2)) == [9, 10]
        assert seqs(await journal.read("blog", after=4, limit=2)) == [6, 7]
        assert seqs(await journal.read(after=10)) == []
        assert seqs(await journal.read(after=99)) == []
        assert seqs(await journal.read(limit=0)) == []
        assert seqs(await journal.read(before=5, limit=0)) == []

    play(scenario)


def test_who_is_late_appends_nothing(play: Callable[[Scenario], None]) -> None:
    async def scenario(journal: Journal) -> None:
        await journal.append([draft(), draft()], after=0)
        for after in (0, 1, 3):
            with pytest.raises(JournalConflict) as raised:
                await journal.append([draft()], after=after)
            assert raised.value.why
            assert raised.value.cure
        assert seqs(await journal.read()) == [1, 2]
        assert seqs(await journal.append([draft()], after=2)) == [3]

    play(scenario)


def test_of_many_at_once_exactly_one_wins(play: Callable[[Scenario], None]) -> None:
    async def scenario(journal: Journal) -> None:
        for after in range(5):
            tries = (journal.append([draft(reason=str(n))], after=after) for n in range(10))
            outcomes = await asyncio.gather(*tries, return_exceptions=True)
            lost = [outcome for outcome in outcomes if isinstance(outcome, JournalConflict)]
            won = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
            assert (len(won), len(lost)) == (1, 9)
            assert list(await journal.read(after=after)) == won[0]

    play(scenario)


def test_one_append_is_about_one_application(play: Callable[[Scenario], None]) -> None:
    async def scenario(journal: Journal) -> None:
        with pytest.raises(ValueError, match="one application"):
            await journal.append([draft(), draft(app="blog")], after=0)
        assert list(await journal.read()) == []

    play(scenario)


def test_what_cannot_be_kept_fails_as_a_whole(play: Callable[[Scenario], None]) -> None:
    async def scenario(journal: Journal) -> None:
        with pytest.raises(BluegreenError) as raised:
            await journal.append([draft(), draft(e.Locked("x" * 2_000_000))], after=0)
        assert "locked" in raised.value.what
        assert list(await journal.read()) == []

    play(scenario)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": [value]}
    return value


ODD_EVIDENCE = {
    "large": {"output": "x" * 2_000_000},
    "deep": nested(5000),
    "as deep as can be written but not read": nested(110),
    "no JSON": {"thing": object()},
    "half a character": {"text": "\ud800"},
}


@pytest.mark.parametrize("odd", ODD_EVIDENCE)
def test_evidence_that_cannot_be_kept_never_costs_the_fact(play: Callable[[Scenario], None], odd: str) -> None:
    async def scenario(journal: Journal) -> None:
        event = e.HookFinished(1, "before_start", False, ODD_EVIDENCE[odd])
        (entry,) = await journal.append([draft(event)], after=0)
        assert list(await journal.read()) == [entry]
        assert isinstance(entry.event, e.HookFinished)
        assert entry.event.hook == "before_start"
        assert list(entry.event.evidence) == ["left out"]

    play(scenario)


def test_odd_texts_and_numbers(play: Callable[[Scenario], None]) -> None:
    async def scenario(journal: Journal) -> None:
        odd = draft(actor="\ud800\0", reason="r" * 100_000 + "€")
        await journal.append([odd, draft(e.CheckFinished(1, "c", "allow", float("inf")))], after=0)
        first, second = await journal.read()
        assert first.actor == "?"
        assert len(first.reason) < 20_000
        assert isinstance(second.event, e.CheckFinished)
        assert second.event.seconds == float("inf")

    play(scenario)


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a type as it stands in the events."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return st.recursive(
            st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
            max_leaves=4,
        )
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (UnionType, Union):
        return st.one_of([values_of(argument) for argument in arguments])
    if origin is tuple and arguments[-1] is not Ellipsis:
        return st.tuples(*(values_of(argument) for argument in arguments))
    if origin is tuple:
        return st.lists(values_of(arguments[0]), max_size=2).map(tuple)
    if origin is Mapping or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return st.dictionaries(values_of(arguments[0]), values_of(arguments[1]), max_size=2)
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{field.name: values_of(hints[field.name]) for field in fields(hint)})
    return st.from_type(hint) if hint is not float else st.floats(allow_nan=False)


@pytest.mark.parametrize("event", get_args(e.Event))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_event_comes_back_as_it_was(event: type, data: st.DataObject) -> None:
    async def scenario() -> None:
        journal = MemoryJournal(Path())
        original = data.draw(values_of(event))
        (entry,) = await journal.append([draft(original)], after=0)
        assert entry.event == original
        assert type(entry.event) is event

    asyncio.run(scenario())


def test_a_whole_release_comes_back(play: Callable[[Scenario], None]) -> None:
    spec = AppSpec(
        "shop",
        "0.0.0.0:8080",
        (Component("web", "run", receives=("/", "/api"), env={"A": "1"}), Component("ranker", "run", shared=True)),
        hosts=("shop.example.com",),
        tls=Tls("/a", "/b"),
        verify=(HttpCheck("/", json={"count": [1, None]}), CommandCheck("true")),
    )
    release = Release(1, "d" * 64, "a" * 64, spec, shared={"ranker": "x"}, message="ü\n€")

    async def scenario(journal: Journal) -> None:
        traffic = {"shop/green/12/web": Traffic(10, 1, 2, 3)}
        drafts = [draft(e.ReleaseCreated(release)), draft(e.Built(1, traffic, {"reused": True}))]
        await journal.append(drafts, after=0)
        assert [entry.event for entry in await journal.read()] == [one.event for one in drafts]

    play(scenario)
