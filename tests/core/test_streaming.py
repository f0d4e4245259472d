"""Streams that are cut anywhere, and what they were like for who read them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.core.answers import joined, stream_event, text_of
from bluegreen.core.sse import LONGEST, SseReader
from bluegreen.core.streaming import StreamFigures, StreamMeter, quantile, summary


def delta(text: str | None, finish: str | None = None) -> str:
    choice = {"index": 0, "delta": {} if text is None else {"content": text}, "finish_reason": finish}
    return json.dumps({"id": "x", "object": "chat.completion.chunk", "choices": [choice]})


def sse(*events: str, end: str = "\n") -> bytes:
    return "".join(f"data: {event}{end}{end}" for event in events).encode()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@given(cuts=st.lists(st.integers(0, 120), max_size=8))
def test_events_are_the_same_wherever_the_answer_is_cut(end: str, cuts: list[int]) -> None:
    lines = [
        "\ufeffdata: one",
        ": a comment",
        "",
        "event: x",
        "data: two",
        "data:  é",
        "",
        "id: 3",
        "",
        "data:",
        "data: 4",
        "",
        "data: never",
    ]
    whole = end.join(lines).encode() + end.encode()
    reader, found, before = SseReader(), [], 0
    for cut in [*sorted(min(cut, len(whole)) for cut in cuts), len(whole)]:
        found += reader.feed(whole[before:cut])
        before = cut
    assert found == ["one", "two\n é", "\n4"]


def test_an_endless_event_is_dropped_and_the_next_one_is_not() -> None:
    reader = SseReader()
    assert reader.feed(b"data: ") == []
    for _ in range(40):
        assert reader.feed(b"x" * (LONGEST // 10)) == []
    assert reader.feed(b"\n\ndata: next\n\n") == ["next"]
    assert reader.too_long == 1


def test_what_a_stream_says() -> None:
    role = json.dumps({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
    other = json.dumps({"choices": [{"index": 1, "delta": {"content": "another choice"}}]})
    usage = json.dumps({"choices": [], "usage": {"completion_tokens": 12}})
    assert joined([role, delta("Par"), other, delta("is"), delta(None, "stop"), usage, "[DONE]"]) == "Paris"
    responses = [
        {"type": "response.created", "response": {}},
        {"type": "response.output_text.delta", "delta": "Par"},
        {"type": "response.output_text.delta", "delta": "is"},
        {"type": "response.completed", "response": {"usage": {"output_tokens": 2}}},
    ]
    assert joined(map(json.dumps, responses)) == "Paris"
    assert stream_event(json.dumps(responses[-1])).tokens == 2
    assert joined(['{"choices": [{"text": "Par"}]}', '{"choices": [{"text": "is"}]}']) == "Paris"
    assert joined(["plain ", "words", '{"other": 1}']) == 'plain words{"other": 1}'
    assert stream_event('{"error": {"message": "overloaded"}}').error == "overloaded"
    assert stream_event('{"error": "overloaded"}').error == "overloaded"
    assert stream_event('{"type": "response.failed", "response": {"error": {"message": "no"}}}').error == "no"


def test_what_a_whole_answer_says() -> None:
    assert text_of({"choices": [{"message": {"content": "Paris"}}]}) == "Paris"
    assert (
        text_of({"choices": [{"message": {"content": [{"type": "text", "text": "Par"}, {"text": "is"}]}}]}) == "Paris"
    )
    assert text_of({"choices": [{"text": "Paris"}]}) == "Paris"
    assert (
        text_of({"output": [{"content": [{"type": "output_text", "text": "Paris"}]}, {"type": "reasoning"}]}) == "Paris"
    )
    assert text_of({"choices": []}) == ""
    assert text_of({"choices": [{"message": {"content": None, "tool_calls": []}}]}) == ""
    assert text_of({"city": "Paris"}) is None
    assert text_of(["Paris"]) is None


def measured(*pieces: tuple[float, bytes], broken: str = "") -> StreamFigures:
    meter = StreamMeter(asked=10.0)
    for at, piece in pieces:
        meter.feed(at, piece)
    return meter.end(broken)


def test_figures_of_a_stream() -> None:
    role = json.dumps({"choices": [{"index": 0, "delta": {"role": "assistant"}}]})
    found = measured(
        (10.1, sse(role)), (10.5, sse(delta("a"))), (10.6, sse(delta("b"))), (11.0, sse(delta("c"))),
        (11.1, sse(delta(None, "stop"), "[DONE]")),
    )  # fmt: skip
    assert found.ttft == pytest.approx(0.5)
    assert found.gaps == pytest.approx((0.1, 0.4))
    assert (found.tokens, found.broken) == (3, "")
    assert found.tokens_per_second == pytest.approx(2 / 0.5)


def test_tokens_are_those_that_the_stream_tells() -> None:
    usage = json.dumps({"choices": [], "usage": {"completion_tokens": 21}})
    found = measured((11.0, sse(delta("many"))), (13.0, sse(delta("tokens"), usage, "[DONE]")))
    assert found.tokens == 21
    assert found.tokens_per_second == pytest.approx(10)


@pytest.mark.parametrize(
    ("pieces", "broken", "why"),
    [
        ((), "", "no text came"),
        (((10.1, sse("[DONE]")),), "", "no text came"),
        (((10.1, sse(delta("half"))),), "", "without saying that it is complete"),
        (((10.1, sse(delta("half"))),), "the connection was closed", "the connection was closed"),
        (((10.1, sse(delta("half"), '{"error": {"message": "out of memory"}}', "[DONE]")),), "", "out of memory"),
        (((10.1, sse(delta("all"), "[DONE]")),), "", ""),
        (((10.1, sse(delta("all", "stop"))),), "", ""),
        (((10.1, sse("one", "two")),), "", ""),
    ],
)
def test_a_broken_stream_says_why(pieces: tuple[tuple[float, bytes], ...], broken: str, why: str) -> None:
    found = measured(*pieces, broken=broken)
    assert why in found.broken
    assert bool(found.broken) is bool(why)


def test_nothing_is_told_of_the_pace_of_one_piece() -> None:
    assert measured((10.1, sse(delta("all at once"), "[DONE]"))).tokens_per_second is None
    assert measured((10.1, sse(delta("all"), delta("at once"), "[DONE]"))).tokens_per_second is None


def test_the_gap_of_a_stream_is_what_95_of_100_of_its_gaps_stay_within() -> None:
    assert StreamFigures(0.1, 101, 2.0, (*(0.01,) * 95, *(1.0,) * 5)).gap_p95 == 0.01
    assert StreamFigures(0.1, 101, 2.0, (*(0.01,) * 94, *(1.0,) * 6)).gap_p95 == 1.0
    assert measured((10.1, sse(delta("all at once"), "[DONE]"))).gap_p95 is None


def test_many_streams() -> None:
    streams = [StreamFigures(i / 10, 11, i / 10, (i / 100,) * 10) for i in range(1, 21)]
    found = summary([*streams, StreamFigures(None, 0, 0.0, (), "no text came")])
    assert (found.streams, found.broken) == (21, 1)
    assert (found.ttft_p50, found.ttft_p95) == (1.0, 1.9)
    assert found.gap_p95 == pytest.approx(0.19)
    assert found.tokens_per_second == pytest.approx(100 / 11)
    assert summary([]).ttft_p95 is None


@given(st.lists(st.floats(0, 1e6), min_size=1), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_quantile_is_the_smallest_value_that_enough_do_not_exceed(values: list[float], share: float) -> None:
    found = quantile(values, share)
    assert found in values
    assert found is not None
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    smaller = [value for value in values if value < found]
    assert len(smaller) < share * len(values) + 1e-9
