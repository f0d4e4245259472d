"""Ports against real sockets."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from bluegreen.system.ports import Ports, find_holder, try_bind


def listen(port: int = 0, *, share: bool = False) -> socket.socket:
    listener = socket.socket()
    if share:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    return listener


def test_a_port_that_is_held_cannot_be_bound_and_its_holder_is_named() -> None:
    with listen(share=True) as listener:
        port = listener.getsockname()[1]
        for host in ("127.0.0.1", "0.0.0.0"):
            with pytest.raises(OSError, match="in use"):
                try_bind(host, port)
            assert f"(pid {os.getpid()})" in (find_holder(host, port) or "")
    try_bind("127.0.0.1", port)
    assert find_holder("127.0.0.1", port) is None


def test_an_owner_keeps_its_port_and_a_released_one_comes_last(tmp_path: Path) -> None:
    ports = Ports(tmp_path / "ports.json")
    first = ports.take("shop/blue/1/web/0")
    assert Ports(tmp_path / "ports.json").take("shop/blue/1/web/0") == first
    ports.release("shop/blue/1/web/0")
    ports.release("shop/blue/1/web/0")
    later = [Ports(tmp_path / "ports.json").take(f"owner {n}") for n in range(20)]
    assert first not in later
    assert len(set(later)) == 20


def test_ports_lie_outside_the_ephemeral_range(tmp_path: Path) -> None:
    low, high = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    if low <= 20_100 and high >= 65_436:
        pytest.skip("this machine's ephemeral range leaves nothing")
    port = Ports(tmp_path / "ports.json").take("a")
    assert not low <= port <= high


def test_a_port_that_somebody_holds_is_not_given(tmp_path: Path) -> None:
    ports = Ports(tmp_path / "ports.json")
    expected = ports.take("a") + 1
    try:
        held = listen(expected)
    except OSError:
        pytest.skip("the next port is held by somebody else")
    with held:
        assert ports.take("b") != expected
