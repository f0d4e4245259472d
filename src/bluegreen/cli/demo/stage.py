"""The shop, its users and its controller: what the steps of the tour are made of."""

from __future__ import annotations

import time
from collections.abc import Callable

from bluegreen.cli.asked import Asked
from bluegreen.cli.demo.narrator import Narrator
from bluegreen.cli.demo.sandbox import Sandbox
from bluegreen.cli.demo.shop import APP
from bluegreen.cli.demo.step import Step
from bluegreen.cli.demo.summary import Killed, Summary
from bluegreen.cli.demo.taken_back import TakenBack
from bluegreen.cli.demo.users import Users
from bluegreen.cli.deploy import send
from bluegreen.cli.follow import entries, of_deployment
from bluegreen.cli.lines import View
from bluegreen.cli.notes import Note
from bluegreen.cli.progress import Teller
from bluegreen.cli.progress import in_words as ended_in_words
from bluegreen.cli.rollback import in_words
from bluegreen.cli.timeline import Timeline
from bluegreen.client import Json
from bluegreen.core.errors import PermanentError

_DRAINED_WITHIN = 5.0

During = Callable[[Timeline, View], None]
"""Called with the timeline of a deployment after each of its events."""


class Stage:
    """`close` ends the load, whatever has happened; the rest is the sandbox's."""

    def __init__(self, sandbox: Sandbox, narrator: Narrator) -> None:
        self._sandbox, self._client, self._narrator = sandbox, sandbox.client, narrator
        self.shop, self.url, self.say = sandbox.shop, sandbox.shop.url, narrator.say
        self._users = Users()
        self._titles: list[str] = []
        self._deployments: list[tuple[str, int]] = []
        self._killed: Killed | None = None
        self._rollback_seconds: list[float] = []

    def close(self) -> None:
        self._users.close()

    def begin(self, title: str, why: str) -> None:
        """The next step."""
        self.pause()
        self._titles.append(title)
        self._narrator.step(len(self._titles), title, why)

    def pause(self) -> None:
        """Let users go on for a while."""
        self._users.wait(self._narrator.pause)

    def let_users_come(self) -> None:
        self._users.come(self.url)

    def deploy(
        self, what: str, message: str, *, result: str | None = "completed", during: During | None = None
    ) -> None:
        """Bring the shop's folder live as it is now, and expect that to end with ``result``; None: the summary says."""
        folder = self.shop.folder
        file = (folder / "bluegreen.yaml").read_text(encoding="utf-8")
        artifact = send(self._client, folder, quiet=True)
        request = {"config": file, "folder": str(folder), "artifact": artifact, "message": message}
        answer = self._client.begin(APP, request)
        self._follow(what, f'bluegreen deploy -m "{message}"', answer, result, during)

    def roll_back(self, what: str, to: str) -> None:
        """Go back to a release that is not warm."""
        self._follow(what, f"bluegreen {what}", self._client.rollback(APP, to), "completed", None)

    def roll_back_at_once(self, what: str, to: str | None) -> None:
        """Go to the release that is warm."""
        began = time.monotonic()
        answer = self._client.rollback(APP, to)
        took = time.monotonic() - began
        number = answer["deployment"]
        if number is None or not (answer["instant"] and answer["confirmed"]):
            raise _otherwise(f"`bluegreen {what}` was not instant", answer["notice"])
        self._rollback_seconds.append(took)
        self._deployments.append((what, number))
        self.say(f"$ bluegreen {what}", in_words(answer, took))

    def kill_the_controller(self, timeline: Timeline, view: View) -> None:
        """End it while a release is checked; start it again after a while without one."""
        if timeline.phase != "verifying" or self._killed is not None:
            return
        before, began = self._users.seen(), time.monotonic()
        pid = self._sandbox.kill_controller()
        timeline.tell(Note(f"kill -9 {pid}: there is no controller now"))
        view.update(timeline)
        self.pause()
        after, away = self._users.seen(), time.monotonic() - began
        requests, failed = after.requests - before.requests, after.failed - before.failed
        self._killed = Killed(pid, timeline.phase, round(away, 3), requests)
        self._sandbox.start_controller()
        timeline.tell(
            Note(f"a new one is there; in the {away:.1f} s without one: {requests:,} requests, {failed:,} failed")
        )
        view.update(timeline)

    def finish(self, *, unseen: tuple[str, ...], taken_back: TakenBack) -> Summary:
        """End the load and take the receipts. ``unseen``: releases that no user may have seen."""
        self.pause()
        load = self._users.leave()
        self._wait_drained(self._deployments[-1][1])
        assert self._killed is not None
        steps = [Step(what, self._client.deployment(APP, number)) for what, number in self._deployments]
        facts = self.shop.worker_facts()
        return Summary(steps, load, unseen, taken_back, facts, self._killed, self._rollback_seconds)

    def _wait_drained(self, number: int) -> None:
        """The last figure of the last deployment is there when the load's streams have ended; soon, or unknown."""
        deadline = time.monotonic() + _DRAINED_WITHIN
        while time.monotonic() < deadline:
            if self._client.deployment(APP, number)["receipt"]["drain_seconds"] is not None:
                return
            time.sleep(0.05)

    def _follow(self, what: str, command: str, answer: Json, result: str | None, during: During | None) -> None:
        number, timeline = int(answer["deployment"]), Timeline()
        self._deployments.append((what, number))
        asked = Asked(self._client, APP, number)
        tell = Teller(asked)
        with self._narrator.view(command, self._users, asked.watch) as view:
            found = entries(self._client, APP, int(answer["after"]), waiting=view.waiting)
            for entry in of_deployment(found, number):
                timeline.take(entry)
                tell(timeline, entry)
                view.update(timeline)
                if entry["event"]["kind"] == "watch held":
                    raise _otherwise(f"`{command}` waits for a person", entry["reason"])
                if during is not None:
                    during(timeline, view)
            self._users.settle()
        ended = self._client.deployment(APP, number) | {"url": self.url}
        ended.pop("receipt")  # all of them are shown together at the end
        self.say(*ended_in_words(APP, ended, timeline))
        if result is not None and timeline.result != result:
            raise _otherwise(f"`{command}` ended as {timeline.result}, not as {result}", timeline.reason)


def _otherwise(what: str, why: str) -> PermanentError:
    cure = "`bluegreen demo --keep` leaves everything as it is then, with the controller's log in its home."
    return PermanentError(f"The demo went otherwise than it should: {what}.", why=why, cure=cure)
