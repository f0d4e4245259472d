"""What is told of the idle environment, as it really is."""

from __future__ import annotations

from pathlib import Path

from bluegreen.core.verdict import Verdict
from tests.api.posting import Served, served
from tests.engine.harness import APP, spec


def test_it_follows_what_is_in_the_idle_environment(tmp_path: Path) -> None:
    async def look(served: Served) -> None:
        async def preview() -> dict[str, object]:
            answer = await served.steering.get(f"/v1/apps/{APP}/preview")
            assert answer.headers["cache-control"] == "no-store"
            return dict(answer.json())

        controller = served.controller
        found = await preview()
        assert (found["release"], found["color"], found["state"]) == ("r1", served.live.other, "standby")
        assert found["ready"] is True
        key = controller.engine.services.store.preview_key(APP)
        assert found["header"] == {"name": "x-bluegreen-preview", "value": key}
        assert found["url"] == f"http://{found['address']}"
        assert found["public_url"] == "http://127.0.0.1:8080"
        assert controller.engine.mask(APP).text(f"header {key}") == "header ***"

        for id in [id for id in controller.machine.running if id.place == served.live.other]:
            controller.runtime.crash(id, recovers=False)
        assert (await preview())["ready"] is False

        controller.machine.verdict = Verdict.BLOCK
        await controller.deploy(keep_failed=True)
        await controller.settle()
        found = await preview()
        assert (found["release"], found["state"], found["ready"]) == ("r3", "ready", True)
        assert controller.state.live_release is not None
        assert controller.state.live_release.name == "r2"

        await controller.engine.down(APP, "alice")
        assert await controller.app.until(lambda state: state.down, 60)
        found = await preview()
        assert (found["address"], found["url"], found["public_url"], found["release"]) == (None,) * 4
        assert found["ready"] is False

    served(tmp_path, look)


def test_an_address_of_the_file_is_told(tmp_path: Path) -> None:
    async def look(served: Served) -> None:
        await served.controller.live(spec(preview="127.0.0.1:8081"))
        found = (await served.steering.get(f"/v1/apps/{APP}/preview")).json()
        assert (found["address"], found["url"]) == ("127.0.0.1:8081", "http://127.0.0.1:8081")
        assert (await served.steering.get("/v1/apps/nobody/preview")).status_code == 404

    served(tmp_path, look)
