"""How far sending an artifact is, as people read it."""

from __future__ import annotations

import sys

import pytest

from bluegreen.cli import upload_view
from bluegreen.cli.figures import size_of
from bluegreen.cli.upload_view import UploadView, sending, sent
from bluegreen.client.sending import Progress


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (12_400_000, "12.4 MB"),
        (999_960, "1.0 MB"),
        (4 * 1024**3, "4.3 GB"),
    ],
)
def test_sizes(count: int, said: str) -> None:
    assert size_of(count) == said


def test_what_is_sent_and_what_was_spared() -> None:
    under_way = Progress(3, 412, 1_200_000, 12_400_000, 10_000, 980_000_000)
    assert sending(under_way) == (
        "sending 3 of 412 files, 1.2 MB of 12.4 MB; 10,000 files, 980.0 MB, were there already"
    )
    assert sent(Progress(412, 412, 12_400_000, 12_400_000)) == "sent 412 files, 12.4 MB"


def test_what_takes_no_time_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    with UploadView() as view:
        view.update(Progress(1, 1, 10, 10))
    assert capsys.readouterr().err == ""


def test_elsewhere_than_on_a_terminal_it_is_told_line_by_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_view, "_PATIENCE", 0.0)
    with UploadView() as view:
        view.update(Progress(0, 2, 0, 20))
        view.update(Progress(1, 2, 10, 20))
        view.update(Progress(2, 2, 20, 20))
    assert capsys.readouterr().err.splitlines() == ["sending 0 of 2 files, 0 B of 20 B", "sent 2 files, 20 B"]
    with UploadView(quiet=True) as view:
        view.update(Progress(0, 2, 0, 20))
    assert capsys.readouterr().err == ""


def test_on_a_terminal_it_is_one_line_that_changes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_view, "_PATIENCE", 0.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with UploadView() as view:
        view.update(Progress(0, 2, 0, 20))
        view.update(Progress(2, 2, 20, 20))
    assert capsys.readouterr().err == "\r\033[Ksending 0 of 2 files, 0 B of 20 B\r\033[Ksent 2 files, 20 B\n"
