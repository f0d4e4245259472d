"""An application, its users and its controller: what the steps of a tour are made of."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic

from bluegreen.cli.asked import Asked
from bluegreen.cli.demo.killed import Killed
from bluegreen.cli.demo.narrator import Narrator
from bluegreen.cli.demo.sandbox import A, Sandbox
from bluegreen.cli.demo.step import Step
from bluegreen.cli.demo.users import Users
from bluegreen.cli.deploy import send
from bluegreen.cli.follow import entries, of_deployment
from bluegreen.cli.lines import View
from bluegreen.cli.load import Result
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


class Stage(Generic[A]):
    """`close` ends the load, whatever has happened; the rest is the sandbox's."""

    def __init__(self, sandbox: Sandbox[A], narrator: Narrator) -> None:
        self._sandbox, self._client, self._narrator = sandbox, sandbox.client, narrator
        self.application, self.url, self.say = sandbox.application, sandbox.application.url, narrator.say
        self._name = sandbox.application.name
        self._users = Users()
        self._titles: list[str] = []
        self._deployments: list[tuple[str, int]] = []
        self.killed: Killed | None = None
        self.rollback_seconds: list[float] = []

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
        self._users.come(self.application.plan())

    def deploy(
        self, what: str, message: str, *, result: str | None = "completed", during: During | None = None
    ) -> None:
        """Bring the application's folder live as it is now, and expect that to end with ``result``.

        None: the summary says.
        """
        folder = self.application.folder
        file = (folder / "bluegreen.yaml").read_text(encoding="utf-8")
        artifact = send(self._client, folder, quiet=True)
        request = {"config": file, "folder": str(folder), "artifact": artifact, "message": message}
        answer = self._client.begin(self._name, request)
        self._follow(what, f'bluegreen deploy -m "{message}"', answer, result, during)

    def set_flag(self, what: str, flag: str, variant: str, message: str, *, result: str | None = "completed") -> None:
        """Make the live release one with another variant of a flag, and expect that to end with ``result``."""
        answer = self._client.edit_flags(self._name, {"variants": {flag: variant}, "message": message})
        self._follow(what, f'bluegreen flags set {flag}={variant} -m "{message}"', answer, result, None)

    def status(self) -> Json:
        return self._client.status(self._name)

    def roll_back(self, what: str, to: str) -> None:
        """Go back to a release that is not warm."""
        self._follow(what, f"bluegreen {what}", self._client.rollback(self._name, to), "completed", None)

    def roll_back_at_once(self, what: str, to: str | None) -> None:
        """Go to the release that is warm."""
        began = time.monotonic()
        answer = self._client.rollback(self._name, to)
        took = time.monotonic() - began
        number = answer["deployment"]
        if number is None or not (answer["instant"] and answer["confirmed"]):
            raise _otherwise(f"`bluegreen {what}` was not instant", answer["notice"])
        self.rollback_seconds.append(took)
        self._deployments.append((what, number))
        self.say(f"$ bluegreen {what}", in_words(answer, took))

    def kill_the_controller(self, timeline: Timeline, view: View) -> None:
        """End it while a release is checked; start it again after a while without one."""
        if timeline.phase != "verifying" or self.killed is not None:
            return
        before, began = self._users.seen(), time.monotonic()
        pid = self._sandbox.kill_controller()
        timeline.tell(Note(f"kill -9 {pid}: there is no controller now"))
        view.update(timeline)
        self.pause()
        after, away = self._users.seen(), time.monotonic() - began
        requests, failed = after.requests - before.requests, after.failed - before.failed
        self.killed = Killed(pid, timeline.phase, round(away, 3), requests)
        self._sandbox.start_controller()
        timeline.tell(
            Note(f"a new one is there; in the {away:.1f} s without one: {requests:,} requests, {failed:,} failed")
        )
        view.update(timeline)

    def finish(self) -> tuple[list[Step], Result]:
        """End the load, and take the receipts of every deployment."""
        self.pause()
        load = self._users.leave()
        self._wait_drained(self._deployments[-1][1])
        return [Step(what, self._client.deployment(self._name, number)) for what, number in self._deployments], load

    def _wait_drained(self, number: int) -> None:
        """The last figure of the last deployment is there when the load's streams have ended; soon, or unknown."""
        deadline = time.monotonic() + _DRAINED_WITHIN
        while time.monotonic() < deadline:
            if self._client.deployment(self._name, number)["receipt"]["drain_seconds"] is not None:
                return
            time.sleep(0.05)

    def _follow(self, what: str, command: str, answer: Json, result: str | None, during: During | None) -> None:
        number, timeline = int(answer["deployment"]), Timeline()
        self._deployments.append((what, number))
        asked = Asked(self._client, self._name, number)
        tell = Teller(asked)
        with self._narrator.view(command, self._users, asked.now) as view:
            found = entries(self._client, self._name, int(answer["after"]), waiting=view.waiting)
            for entry in of_deployment(found, number):
                timeline.take(entry)
                tell(timeline, entry)
                view.update(timeline)
                if entry["event"]["kind"] == "watch held":
                    raise _otherwise(f"`{command}` waits for a person", entry["reason"])
                if during is not None:
                    during(timeline, view)
            self._users.settle()
        ended = self._client.deployment(self._name, number) | {"url": self.url}
        ended.pop("receipt")  # all of them are shown together at the end
        self.say(*ended_in_words(self._name, ended, timeline))
        if result is not None and timeline.result != result:
            raise _otherwise(f"`{command}` ended as {timeline.result}, not as {result}", timeline.reason)


def _otherwise(what: str, why: str) -> PermanentError:
    cure = "`bluegreen demo --keep` leaves everything as it is then, with the controller's log in its home."
    return PermanentError(f"The demo went otherwise than it should: {what}.", why=why, cure=cure)
