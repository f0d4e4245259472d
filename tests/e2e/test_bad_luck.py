"""What bad input and bad luck get: a clear error with its cure, and nothing lost or changed for users."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
from pathlib import Path

import pytest

from bluegreen.core.errors import InvalidInput, Refused
from tests.e2e.controller import Controller, Shop, wait_for


def pids(controller: Controller, color: str, component: str = "web") -> list[int]:
    instances = controller.status()["environments"][color]["instances"]
    return [i["pid"] for i in instances if i["component"] == component and i["pid"]]


def ready(controller: Controller, color: str, component: str = "web") -> int:
    instances = controller.status()["environments"][color]["instances"]
    return sum(i["component"] == component and i["state"] == "ready" for i in instances)


def back(controller: Controller, victim: int) -> bool:
    now = pids(controller, "blue")
    return len(now) == 2 and victim not in now


def test_a_port_in_use_is_named_with_who_holds_it(controller: Controller, shop: Shop) -> None:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", shop.port))
        holder.listen()
        failed = controller.deploy(shop.folder)
    assert failed["result"] == "failed"
    said = str([x["event"] for x in failed["events"] if x["event"]["kind"] == "deployment ended"])
    assert str(shop.port) in said
    assert f"pid {os.getpid()}" in said


def test_a_second_deployment_is_refused_while_one_is_under_way(controller: Controller, shop: Shop) -> None:
    shop.set(lambda file: file.update(approve="by hand"))
    first = controller.send(shop.folder)["deployment"]
    controller.phase("awaiting approval")
    shop.next_release()
    with pytest.raises(Refused, match="Deployment 1"):
        controller.send(shop.folder)
    controller.client.abort("shop", first)
    assert controller.ended(first)["result"] == "aborted"


def test_a_hotfix_takes_the_place_of_a_deployment_that_is_not_live(controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder)
    shop.next_release()
    shop.set(lambda file: file.update(approve="by hand"))
    first = controller.send(shop.folder)["deployment"]
    controller.phase("awaiting approval")
    shop.next_release()
    shop.set(lambda file: file.update(approve="automatic"))
    assert controller.deploy(shop.folder, supersede=True)["result"] == "completed"
    assert controller.ended(first)["result"] == "aborted"
    assert controller.status()["environments"]["green"]["release"] == "r3"


def test_a_lock_refuses_deployments_but_never_a_rollback(controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder)
    shop.next_release()
    controller.deploy(shop.folder)
    controller.client.lock("shop", "the database moves")
    shop.next_release()
    with pytest.raises(Refused, match="the database moves"):
        controller.send(shop.folder)
    assert controller.client.rollback("shop", None)["release"] == "r1"
    controller.client.unlock("shop")
    assert controller.deploy(shop.folder)["result"] == "completed"


def test_a_program_that_never_gets_ready_and_a_check_that_never_answers(controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder)
    shop.set(lambda file: file["components"]["web"]["ready"].update(http="/nowhere", within="5s"))
    failed = controller.deploy(shop.folder)
    assert failed["result"] == "failed"
    assert "404" in str(failed["events"])
    shop.set(lambda file: file["components"]["web"]["ready"].update(http="/healthz", within="1m"))
    shop.set(lambda file: file.update(verify=[{"http": {"path": "/api/slow?seconds=60", "within": "500ms"}}]))
    failed = controller.deploy(shop.folder)
    assert failed["result"] == "failed"
    assert failed["checks"][0]["verdict"] == "block"
    assert controller.status()["live"] == "blue"


def test_a_failing_hook_before_the_start_ends_the_deployment(controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder)
    shop.set(lambda file: file.update(hooks={"before_start": "echo no table users; exit 3"}))
    failed = controller.deploy(shop.folder)
    assert failed["result"] == "failed"
    assert "exit 3" in failed["reason"]
    assert "no table users" in str(failed["events"])


def test_killed_instances_come_back_and_users_notice_nothing(controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder)
    with shop.load(events=(), sockets=(), posts=()) as load:
        load.wait_for_requests(50)
        victim = pids(controller, "blue")[0]
        os.kill(victim, signal.SIGKILL)
        load.wait_for_requests(50)
        wait_for(lambda: back(controller, victim), "it is back")
        load.wait_for_requests(50)
        result = load.stop()
    assert result.failed == 0, result.describe()
    assert any(x["event"]["kind"] == "instance crashed" for x in controller.events())


def test_a_killed_controller_leaves_users_alone_and_carries_on(controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder)
    shop.next_release()
    shop.set(lambda file: file["verify"].append({"run": "sleep 1"}))
    with shop.load() as load:
        load.wait_for_requests(50)
        number = controller.send(shop.folder)["deployment"]
        controller.phase("verifying")
        before = pids(controller, "green")
        controller.kill()
        load.wait_for_requests(50)
        controller.start()
        assert controller.ended(number)["result"] == "completed"
        load.wait_for_requests(50)
        result = load.stop()
    assert result.failed == 0, result.describe()
    assert result.cuts == 0, result.describe()
    assert pids(controller, "green") == before


def test_after_a_reboot_the_live_environment_is_back(controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder)
    shop.next_release()
    controller.deploy(shop.folder)
    controller.kill()
    for process in every_process_of(controller.home):
        os.kill(process, signal.SIGKILL)
    wait_for(lambda: not every_process_of(controller.home), "everything is dead")
    controller.start()
    wait_for(lambda: ready(controller, "green") == 2, "the live environment is ready")
    with shop.load(events=(), sockets=()) as load:
        load.wait_for_requests(50)
        result = load.stop()
    assert result.failed == 0, result.describe()
    assert {served.release for served in result.served} == {"r2"}
    assert controller.status()["route"]["observed"] == controller.status()["route"]["confirmed"]
    wait_for(
        lambda: controller.status()["next"]["rollback"].items() >= {"release": "r1", "instant": True}.items(),
        "the standby is warm",
    )
    assert controller.client.rollback("shop", None)["release"] == "r1"


def every_process_of(home: Path) -> list[int]:
    """Processes whose command line or environment names this home."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            text = (folder / "cmdline").read_bytes() + os.fsencode(os.readlink(folder / "cwd"))
        except OSError:
            continue
        if state != "Z" and os.fsencode(home) in text and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found


def command_line(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def test_a_killed_proxy_comes_back_with_the_last_route(controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder)
    (envoy,) = [p for p in every_process_of(controller.home) if b"--disable-hot-restart" in command_line(p)]
    os.kill(envoy, signal.SIGKILL)
    wait_for(
        lambda: controller.status()["route"]["observed"] == controller.status()["route"]["confirmed"], "it is back"
    )
    with shop.load(events=(), sockets=()) as load:
        load.wait_for_requests(20)
        assert load.stop().failed == 0


def test_a_release_folder_deleted_by_hand_is_put_in_place_again(controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder)
    (folder,) = [f for f in (controller.home / "apps" / "shop" / "releases").iterdir() if f.is_dir()]
    shutil.rmtree(folder)
    victim = pids(controller, "blue")[0]
    os.kill(victim, signal.SIGKILL)
    wait_for(lambda: back(controller, victim), "it is back")
    assert folder.is_dir()


def test_with_failover_the_standby_takes_over_from_a_dead_environment(controller: Controller, shop: Shop) -> None:
    shop.set(lambda file: file.update(failover=True))
    controller.deploy(shop.folder)
    shop.next_release()
    shop.set(lambda file: file["components"]["web"].update(run="sleep 0.2; exec python3 -m shop.web --port $PORT"))
    controller.deploy(shop.folder)
    wait_for(lambda: controller.status()["deployment"] is None, "it is at rest")
    with shop.load(events=(), sockets=(), posts=(), fresh=0.0) as load:
        load.wait_for_requests(50)
        for victim in pids(controller, "green"):
            os.kill(victim, signal.SIGKILL)
        wait_for(lambda: controller.status()["live"] == "blue", "the standby serves")
        load.wait_for_requests(50)
        result = load.stop()
    assert result.failed == 0, result.describe()
    assert result.transitions[-1].release == "r1"
    newest = controller.client.deployments("shop", 1)[0]
    assert (newest["kind"], newest["actor"]) == ("rollback", "bluegreen")


def test_a_second_controller_on_one_home_refuses_to_start_and_says_who_has_it(controller: Controller) -> None:
    second = Controller(controller.home)
    second.launch()
    assert second.wait_ended() == 3
    assert controller.process is not None
    assert f"process {controller.process.pid}" in second.log()


def test_secrets_are_in_no_file_but_their_own(controller: Controller, shop: Shop) -> None:
    secret = "hunter2-correct-horse"
    shop.set(lambda file: file.update(hooks={"before_start": 'echo "the token is $TOKEN"'}))
    command = f"{sys.executable} -c 'import os; print(os.environ[\"TOKEN\"]); raise SystemExit(1)'"
    shop.set(lambda file: file["verify"].append({"run": command}))
    failed = controller.deploy(shop.folder, secrets={"web": {"TOKEN": secret}})
    assert failed["result"] == "failed"
    assert secret not in str(failed)
    assert "***" in str(failed)
    holding = [f for f in controller.home.rglob("*") if f.is_file() and secret.encode() in f.read_bytes()]
    assert [f.parent.name for f in holding] == ["secrets"]
    assert holding[0].stat().st_mode & 0o777 == 0o600


def test_two_applications_share_an_address_by_host_and_never_disturb_each_other(
    controller: Controller, shop: Shop, tmp_path: Path
) -> None:
    shop.set(lambda file: file.update(hosts=["shop.example.com"]))
    controller.deploy(shop.folder)
    other = Shop(tmp_path / "other")
    other.port = shop.port
    other.set(lambda file: file.update(app="other", address=f"127.0.0.1:{shop.port}", hosts=["other.example.com"]))
    with shop.load(host="shop.example.com") as load:
        load.wait_for_requests(20)
        assert controller.deploy(other.folder)["result"] == "completed"
        with other.load(host="other.example.com", events=(), sockets=()) as second:
            second.wait_for_requests(20)
            assert second.stop().failed == 0
        controller.client.down("other")
        wait_for(lambda: controller.status("other")["down"], "the other one is down")
        load.wait_for_requests(20)
        result = load.stop()
    assert result.failed == 0, result.describe()
    assert result.cuts == 0, result.describe()
    other.set(lambda file: file.update(hosts=["*.example.com"]))
    with pytest.raises(InvalidInput, match="overlaps"):
        controller.send(other.folder)


def test_an_address_never_changes_while_it_serves(controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder)
    shop.set(lambda file: file.update(address="127.0.0.1:1"))
    with pytest.raises(InvalidInput, match="cannot become"):
        controller.send(shop.folder)


def test_old_releases_are_cleaned_but_never_what_a_rollback_may_need(controller: Controller, shop: Shop) -> None:
    shop.set(lambda file: file.update(keep_releases=1))
    for _ in range(4):
        shop.next_release()
        controller.deploy(shop.folder)
    folders = controller.home / "apps" / "shop" / "releases"
    # The live one, the standby, and the one that the shared component runs from.
    wait_for(lambda: len([f for f in folders.iterdir() if f.is_dir()]) == 3, "only what is needed is kept")
    assert controller.client.rollback("shop", None)["release"] == "r3"
