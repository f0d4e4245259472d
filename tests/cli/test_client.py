"""The client: what it sends, and which error it makes of which answer."""

from __future__ import annotations

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from bluegreen.cli import follow
from bluegreen.client import AnswerLost, Client, NoController, transport
from bluegreen.core.errors import BluegreenError, InvalidInput, NotFound, PermanentError, Refused, TemporaryError
from tests.cli.recorded import Recorded, entry, recorded_controller, status, stream


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Ends the connection without an answer, as a controller that is killed does."""


def test_it_names_who_asks(home: Path, controller: Recorded) -> None:
    controller.answers["GET /v1/apps/shop"] = (200, status())
    assert Client(home, actor="ada@desk").status("shop")["live"] == "green"
    assert controller.asked[0][1]["X-Bluegreen-Actor"] == "ada@desk"


def test_names_cannot_leave_their_place_in_the_path(home: Path, controller: Recorded) -> None:
    with pytest.raises(NotFound):
        Client(home).status("../../controller")
    assert controller.asked[0][0] == "GET /v1/apps/..%2F..%2Fcontroller"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (400, InvalidInput),
        (404, NotFound),
        (409, Refused),
        (422, InvalidInput),
        (500, PermanentError),
        (503, TemporaryError),
        (507, PermanentError),
    ],
)
def test_problems_become_the_errors_that_they_were(
    code: int, kind: type[BluegreenError], home: Path, controller: Recorded
) -> None:
    problem = {"what": "It is locked.", "why": "A sale.", "cure": "Wait."}
    controller.answers["PUT /v1/apps/shop/lock"] = (code, problem)
    with pytest.raises(kind) as raised:
        Client(home).lock("shop", "sale")
    assert (raised.value.what, raised.value.why, raised.value.cure) == ("It is locked.", "A sale.", "Wait.")


def test_an_answer_that_is_no_problem_document(home: Path, controller: Recorded) -> None:
    controller.answers["GET /v1/apps/shop"] = (500, ["?"])
    with pytest.raises(PermanentError, match="The controller answered 500"):
        Client(home).status("shop")


def test_nothing_listens(home: Path) -> None:
    assert not Client(home).running()
    with pytest.raises(NoController, match="No controller runs"):
        Client(home).apps()


def test_a_socket_that_a_killed_controller_left(home: Path) -> None:
    with recorded_controller(home):
        (home / "kept").hardlink_to(home / "api.sock")
    (home / "kept").rename(home / "api.sock")
    with pytest.raises(NoController):
        Client(home).apps()


def test_a_home_whose_path_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="too long for a socket"):
        Client(tmp_path / ("x" * 120)).apps()


def test_killed_before_it_answered(home: Path, controller: Recorded) -> None:
    controller.answers["POST /v1/apps/shop/rollback"] = hang_up
    with pytest.raises(AnswerLost, match="not known") as raised:
        Client(home).rollback("shop", None)
    assert "bluegreen status" in raised.value.cure


def test_frozen(home: Path, controller: Recorded) -> None:
    released = threading.Event()
    controller.answers["GET /v1/apps/shop"] = lambda handler: released.wait(30) and None
    try:
        with pytest.raises(AnswerLost, match="not known"):
            Client(home, within=0.1).status("shop")
    finally:
        released.set()


def test_an_artifact_is_sent_as_it_is(home: Path, tmp_path: Path, controller: Recorded) -> None:
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(b"\x1f\x8b" + b"x" * 100_000)
    controller.answers["PUT /v1/artifacts/abc"] = (201, {"digest": "abc", "bytes": 100_002})
    assert not Client(home).has_artifact("abc")
    assert Client(home).send_artifact("abc", archive)["bytes"] == 100_002
    assert controller.asked[-1][2] == archive.read_bytes()


def test_a_refusal_before_the_whole_artifact_was_sent(home: Path, tmp_path: Path, controller: Recorded) -> None:
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(b"x" * 8_000_000)

    # The stand-in reads bodies before it answers, so the refusal is made by a server of a single purpose.
    (home / "api.sock").unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home / "api.sock"))
        listener.listen()
        thread = threading.Thread(target=_refuse_at_once, args=(listener,), daemon=True)
        thread.start()
        with pytest.raises(InvalidInput, match="too large"):
            Client(home).send_artifact("abc", archive)
        thread.join()


def _refuse_at_once(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(1000)
        body = b'{"what": "The artifact is too large."}'
        head = f"HTTP/1.1 422 Unprocessable\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + body)


def test_a_stream_goes_on_where_it_broke(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "PAUSE", 0.01)
    away: list[float] = []
    found = follow.entries(Client(home), "shop", 10, waiting=away.append)
    with recorded_controller(home) as first:
        first.answers["GET /v1/apps/shop/events"] = stream(entry(11, "built"), entry(12, "verified"))
        assert [next(found)["seq"], next(found)["seq"]] == [11, 12]

    def start_again() -> None:
        while len(away) < 3:
            time.sleep(0.01)
        with recorded_controller(home, {"GET /v1/apps/shop/events": stream(entry(13, "approved"))}):
            done.wait(30)

    done = threading.Event()
    thread = threading.Thread(target=start_again)
    thread.start()
    try:
        assert next(found)["seq"] == 13
    finally:
        done.set()
        thread.join()
    assert away[-1] == 0.0
    assert max(away) > 0.0


def test_it_gives_up_in_the_end(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "PAUSE", 0.01)
    monkeypatch.setattr(transport, "GIVE_UP_AFTER", 0.05)
    with pytest.raises(AnswerLost, match="is not known") as raised:
        next(follow.entries(Client(home), "shop", 10))
    assert "bluegreen status" in raised.value.cure
