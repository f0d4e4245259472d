"""Flags in the engine: which release has which, what evaluates them and when, and who may edit them."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bluegreen.core.errors import InvalidInput, Refused
from bluegreen.core.flag_edits import FlagEdits
from bluegreen.core.model import AppState, Color, Phase, Release, SharedRun
from bluegreen.core.spec import AppSpec
from bluegreen.engine.flags import flags_in_file
from bluegreen.engine.requests import Begun, Edited, FlagRequest, Request
from bluegreen.engine.standby_look import look_at_standby
from bluegreen.runtimes.base import InstanceId, InstanceSpec
from bluegreen.system.archive import digest_of, pack
from tests.engine.harness import APP, Controller, Machine, spec
from tests.engine.virtual_time import run

ON = FlagRequest(FlagEdits({"beta": "on"}), message="for all")


def flags(default: str = "off", **more: Any) -> dict[str, Any]:
    beta = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": default, **more}
    return {"flags": {"beta": beta}}


def artifact(machine: Machine, content: object, name: str = "flags.json") -> str:
    """Keep an artifact with this file; its digest."""
    folder = machine.home / "source"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    (folder / "n").write_text(str(len(list((machine.home / "artifacts").iterdir()))))
    archive = machine.home / f"a{os.urandom(4).hex()}.tgz"
    pack(folder, archive)
    digest = digest_of(archive)
    archive.rename(machine.home / "artifacts" / digest)
    return digest


async def begin(controller: Controller, content: object, wanted: AppSpec | None = None) -> Begun:
    wanted = wanted or spec(flags="flags.json")
    return await controller.engine.deploy(Request(wanted, artifact(controller.machine, content), {}), "alice")


async def live(controller: Controller, content: object, wanted: AppSpec | None = None) -> Release:
    begun = await begin(controller, content, wanted)
    await controller.settle()
    release = controller.state.live_release
    assert release is not None
    assert release.digest == begun.release.digest
    return release


async def edit(controller: Controller, request: FlagRequest = ON) -> Edited:
    return await controller.engine.edit_flags(APP, request, "grace")


def lives(tmp_path: Path, life: Callable[[Controller], Awaitable[None]]) -> None:
    async def whole(machine: Machine) -> None:
        await life(await machine.controller())

    run(whole(Machine(tmp_path)))


def test_an_edit_is_a_release_of_the_same_artifact_under_another_digest(tmp_path: Path) -> None:
    async def life(controller: Controller) -> None:
        first = await live(controller, flags())
        assert (await edit(controller)).release.number == 2
        await controller.settle()
        second = controller.state.live_release
        assert second is not None
        assert (second.number, second.artifact, second.built) == (2, first.artifact, first.built)
        assert second.spec == first.spec
        assert second.digest != first.digest
        assert second.flags_in_file == first.flags
        assert (second.message, controller.state.ended[-1].actor) == ("for all", "grace")
        assert [str(change) for change in controller.state.ended[-1].flags] == ["beta: off → on"]
        standby = await look_at_standby(controller.engine.services, controller.state)
        assert standby is not None, "what evaluates flags is in no file, and no question to it"
        assert standby.healthy
        store = controller.engine.services.store
        assert store.folder(APP, first) == store.folder(APP, second)
        assert json.loads(store.flag_files.path(APP, second).read_text())["flags"]["beta"]["defaultVariant"] == "on"

    lives(tmp_path, life)


def test_the_same_edit_twice_begins_nothing(tmp_path: Path) -> None:
    async def life(controller: Controller) -> None:
        await live(controller, flags())
        await edit(controller)
        await controller.settle()
        again = await edit(controller)
        assert (again.outcome.deployment, again.changes) == (None, ())
        assert controller.state.deployment is None

    lives(tmp_path, life)


def test_an_edit_outlives_a_deployment_and_a_rollback_takes_it_back(tmp_path: Path) -> None:
    async def life(controller: Controller) -> None:
        await live(controller, flags())
        await edit(controller)
        await controller.settle()
        begun = await begin(controller, flags())
        assert [str(change) for change in begun.flags.kept] == ["beta: off → on"]
        await controller.settle()
        third = controller.state.live_release
        assert third is not None
        assert (third.number, json.loads(third.flags)["flags"]["beta"]["defaultVariant"]) == (3, "on")
        begun = await begin(controller, flags(metadata={"owner": "web"}))
        assert [str(change) for change in begun.flags.overruled] == ["beta: off → on (metadata changed)"]
        await controller.settle()
        await controller.engine.rollback(APP, 1, "alice")
        await controller.settle()
        assert [str(change) for change in controller.state.ended[-1].flags] == ["beta: metadata changed"]
        # What is live now was never edited, so that nothing is carried over from what was taken back.
        assert (await begin(controller, flags())).flags.kept == ()

    lives(tmp_path, life)


def test_what_evaluates_flags_is_the_first_to_start_and_the_last_to_end(tmp_path: Path) -> None:
    async def life(controller: Controller) -> None:
        told: list[tuple[str, str, int]] = []
        start, stop = controller.runtime.start, controller.runtime.stop

        async def started(spec: InstanceSpec) -> Any:
            status = await start(spec)
            told.append(("started", spec.id.component, spec.id.generation))
            return status

        async def stopped(id: InstanceId, how: Any) -> Any:
            told.append(("stopping", id.component, id.generation))
            return await stop(id, how)

        vars(controller.runtime).update(start=started, stop=stopped)
        await live(controller, flags())
        await live(controller, flags("on"))
        await live(controller, flags())
        first = [(what, component) for what, component, generation in told if generation == 1 and component != "ranker"]
        assert first[:3] == [("started", "flags"), ("started", "web"), ("started", "web")]
        assert first[-1] == ("stopping", "flags")
        assert ("stopping", "web") in first

    lives(tmp_path, life)


def test_only_what_runs_in_an_environment_is_told_where_its_flags_are(tmp_path: Path) -> None:
    async def life(controller: Controller) -> None:
        release = await live(controller, flags())
        machine, instances = controller.machine, controller.engine.services.instances
        blue = instances.of_environment(controller.state, controller.state.environments[Color.BLUE], live_only=False)
        endpoint = f"http://127.0.0.1:{machine.port_of(f'flags/{APP}/blue')}"
        evaluating, *others = blue
        assert evaluating.id.component == "flags"
        assert evaluating.port == machine.port_of(f"flags/{APP}/blue")
        assert evaluating.secrets == ()
        assert {each.env["OFREP_ENDPOINT"] for each in others} == {endpoint}
        check = instances.variables(APP, release, "green", None)
        assert check["OFREP_ENDPOINT"] != endpoint
        assert check["BLUEGREEN_FLAGS"] == str(Path(evaluating.folder) / "flags.json")
        shared = instances.of_shared(controller.state, SharedRun("ranker", "", release.number, 1))
        places = [each.env for each in shared] + [instances.variables(APP, release, "build", "web")]
        assert not [name for env in places for name in env if name in ("OFREP_ENDPOINT", "BLUEGREEN_FLAGS")]

    lives(tmp_path, life)


def test_an_edit_waits_for_nobody_less_than_a_deployment_does(tmp_path: Path) -> None:
    async def life(controller: Controller) -> None:
        engine = controller.engine
        await controller.live()
        with pytest.raises(Refused, match="has no flags"):
            await edit(controller)
        await live(controller, flags(), spec(flags="flags.json", approve="by hand"))
        await engine.lock(APP, "sale", "alice")
        with pytest.raises(Refused, match="locked by alice"):
            await edit(controller)
        await engine.unlock(APP, "alice")
        await engine.freeze(APP, "holidays", None, None, "alice")
        with pytest.raises(Refused, match="frozen"):
            await edit(controller)
        await engine.unfreeze(APP, "alice")
        await edit(controller)
        await controller.app.until(_awaits_approval, 60)
        with pytest.raises(Refused, match="awaiting approval"):
            await edit(controller, FlagRequest(FlagEdits(states={"beta": "DISABLED"})))
        await engine.abort(APP, None, "alice")
        await controller.settle()
        assert controller.state.live_release.number == 2  # type: ignore[union-attr]

    run_with_approval(tmp_path, life)


def _awaits_approval(state: AppState) -> bool:
    return state.deployment is not None and state.deployment.phase is Phase.AWAITING_APPROVAL


def run_with_approval(tmp_path: Path, life: Callable[[Controller], Awaitable[None]]) -> None:
    """Whoever deploys approves at once, as far as it is the harness that deploys."""

    async def whole(machine: Machine) -> None:
        controller = await machine.controller()
        settle = controller.settle

        async def approved(within: float = 3600.0) -> None:
            await controller.app.until(lambda s: s.deployment is None or _awaits_approval(s), within)
            if controller.state.deployment is not None:
                await controller.engine.approve(APP, None, "bob")
            await settle(within)

        vars(controller).update(settle=approved)
        await life(controller)

    run(whole(Machine(tmp_path)))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "no flag set"),
        (b"\xff", "not UTF-8"),
        (b" " * 300_000, "no flag set"),
        ({"flags": {"beta": {}}}, "no flag set"),
    ],
)
def test_what_is_no_flag_set_is_refused_and_nothing_kept(tmp_path: Path, content: object, said: str) -> None:
    async def life(controller: Controller) -> None:
        with pytest.raises(InvalidInput, match=said):
            await begin(controller, content)
        assert controller.engine.applications == {}

    lives(tmp_path, life)


def test_an_artifact_without_the_file_says_why_that_may_be(tmp_path: Path) -> None:
    machine = Machine(tmp_path)

    async def life() -> None:
        controller = await machine.controller()
        store = controller.engine.services.store
        with pytest.raises(InvalidInput, match=r"has no file `flags\.json`") as refused:
            flags_in_file(store, artifact(machine, b"", "other"), "flags.json")
        assert ".bluegreenignore" in refused.value.cure

    run(life())
