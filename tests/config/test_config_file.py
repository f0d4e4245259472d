"""What a right file means."""

from __future__ import annotations

from pathlib import Path

import pytest

from bluegreen.config import ConfigError, Loaded, load, parse
from bluegreen.core.spec import AppSpec, CommandCheck, Component, HttpCheck, Ready, Stop, Switch, Tls, Watch

SHOP = """\
app: shop
address: 0.0.0.0:8080            # where users come in; it never changes
hosts: [shop.example.com]        # optional: several applications may share one address, told apart by host
preview: 127.0.0.1:8081          # where the idle environment is reached before the switch
tls: {cert: tls.crt, key: tls.key}   # optional; a renewed file is taken up without cutting a connection

components:
  web:
    run: .venv/bin/uvicorn shop:app --host 127.0.0.1 --port $PORT
    build: python -m venv .venv && .venv/bin/pip install -r requirements.txt   # in the release's own folder
    instances: 2
    ready: {http: /healthz, within: 30s}      # also: tcp, or a command
    receives: /                               # path prefix whose requests it takes (one or several)
    env: {LOG_LEVEL: info}
    env_file: .env.production                 # secrets: never in the journal, a log or an API answer
    stop: {signal: TERM, within: 30s}
  worker:
    run: .venv/bin/python -m shop.worker
    active: live                              # runs only in the live environment; never in both at once
  ranker:
    run: .venv/bin/python -m shop.ranker --port $PORT
    shared: true                              # one copy, both environments use it
hooks:
  before_start: ./migrate.sh                  # also before_switch, after_switch, after_rollback
failover: false                               # true: when the whole live environment is dead, the standby serves

verify:
  - http: /healthz
  - http: {path: /api/items, status: 200, json: {count: 3}, within: 2s, times: 5}
  - run: .venv/bin/pytest -q smoke/           # $BLUEGREEN_URL points at the idle environment
approve: automatic                            # or: by hand
switch: {shift: [100%], hold: 0s, drain: 30s} # e.g. shift: [5%, 50%, 100%], hold: 1m
keep: 1h                                      # how long the old environment stays warm
"""


def of(rest: str = "", web: str = "", top: str = "address: 8080\n") -> AppSpec:
    """A small application with these lines added: to the file, and to its component ``web``."""
    lines = "".join(f"    {line}\n" for line in web.splitlines())
    return parse(f"app: shop\n{top}components:\n  web:\n    run: ./web\n    receives: /\n{lines}{rest}")


def test_the_whole_file(tmp_path: Path) -> None:
    spec = parse(SHOP, folder=tmp_path)

    web, worker, ranker = spec.components
    assert (spec.app, spec.address, spec.preview) == ("shop", "0.0.0.0:8080", "127.0.0.1:8081")
    assert spec.hosts == ("shop.example.com",)
    assert spec.tls == Tls(str(tmp_path / "tls.crt"), str(tmp_path / "tls.key"))
    assert web == Component(
        name="web",
        run=".venv/bin/uvicorn shop:app --host 127.0.0.1 --port $PORT",
        build="python -m venv .venv && .venv/bin/pip install -r requirements.txt",
        instances=2,
        ready=Ready(http="/healthz", within=30.0),
        receives=("/",),
        env={"LOG_LEVEL": "info"},
        env_file=".env.production",
        stop=Stop("TERM", 30.0),
    )
    assert (worker.active, worker.listens, worker.ready) == ("live", False, Ready())
    assert (ranker.shared, ranker.listens, ranker.ready) == (True, True, Ready(tcp=True))
    assert spec.hooks.before_start == "./migrate.sh"
    assert spec.verify == (
        HttpCheck("/healthz"),
        HttpCheck("/api/items", json={"count": 3}, within=2.0, times=5),
        CommandCheck(".venv/bin/pytest -q smoke/"),
    )
    assert (spec.approve, spec.switch, spec.keep) == ("automatic", Switch((100,), 0.0, 30.0), 3600.0)


def test_what_is_left_out_has_the_defaults_of_core() -> None:
    web = Component("web", "./web", ready=Ready(tcp=True), receives=("/",))
    assert of() == AppSpec("shop", "127.0.0.1:8080", (web,), watch=Watch(cannot_tell="finish"))


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("30s", 30), ("1m", 60), ("1h", 3600), ("500ms", 0.5), ("1h30m", 5400), ("1.5s", 1.5), ("7d", 604800), ("2", 2),
     ("0.25", 0.25), ('"30"', None), ("0", 0), ("-1", None), ("1 h", None), ("soon", None), ("true", None),
     ("400d", None), ("9" * 400, None), ("1e400", None), (".inf", None), ("[1]", None), ("1hh", None), ("٣s", None)],
)  # fmt: skip
def test_durations(written: str, seconds: float | None) -> None:
    if seconds is None:
        with pytest.raises(ConfigError):
            of(f"keep: {written}\n")
    else:
        assert of(f"keep: {written}\n").keep == seconds


@pytest.mark.parametrize(
    ("written", "address"),
    [("8080", "127.0.0.1:8080"), ('"8080"', "127.0.0.1:8080"), ("localhost:80", "127.0.0.1:80"),
     ("0.0.0.0:8080", "0.0.0.0:8080"), ('"[::1]:8080"', "[::1]:8080"), ('"[0::0]:8080"', "[::]:8080"),
     ('":8080"', None), ("::1:8080", None), ("[::1]:8080", None), ("0", None), ("65536", None), ("-1", None),
     ("shop.example.com:80", None), ("http://127.0.0.1:80", None), ("1.2.3.4", None), ('"*:80"', None),
     ('"[1.2.3.4]:80"', None), ('"[fe80::1%eth0]:80"', None), ("127.0.0.1:http", None), ("true", None), ("{}", None),
     ("1.2.3.4:٨٠", None)],
)  # fmt: skip
def test_addresses(written: str, address: str | None) -> None:
    if address is None:
        with pytest.raises(ConfigError):
            of(top=f"address: {written}\n")
    else:
        assert of(top=f"address: {written}\n").address == address


def test_values_of_env_arrive_as_they_are_written() -> None:
    web = of(web="env: {A: 1.10, B: yes, C: True, D: 0x1F, E: '', F: 010, G: 12:30, H: 2024-01-01, I: 1_000}")
    assert list(web.components[0].env.values()) == [
        "1.10", "yes", "True", "0x1F", "", "010", "12:30", "2024-01-01", "1_000"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("web", "listens", "ready"),
    [
        ("run: ./worker", False, Ready()),
        ("run: ./worker $PORTAL", False, Ready()),
        ("run: ./worker --port $PORT", True, Ready(tcp=True)),
        ('run: "./worker ${PORT:-80}"', True, Ready(tcp=True)),
        ("{run: ./worker, ready: {http: /ok}}", True, Ready(http="/ok")),
        ("{run: ./worker, ready: {tcp: true, within: 1s}}", True, Ready(tcp=True, within=1.0)),
        ("{run: ./worker, ready: {run: ./ok}}", False, Ready(run="./ok")),
        ("{run: ./worker $PORT, ready: {run: ./ok}}", True, Ready(run="./ok")),
        ("{run: ./worker, ready: {within: 5s}}", False, Ready(within=5.0)),
    ],
)
def test_what_listens_and_when_it_is_ready(web: str, listens: bool, ready: Ready) -> None:
    text = f"app: a\naddress: 1\ncomponents:\n  web: {{run: x, receives: /}}\n  other:\n    {web}\n"
    other = parse(text).component("other")
    assert (other.listens, other.ready) == (listens, ready)


def test_prefixes_hosts_and_signals_are_normalised() -> None:
    spec = parse(
        "app: a\naddress: 1\nhosts: [Shop.Example.COM, '*.example.org']\n"
        "components: {web: {run: x, receives: [/, /api/, /a%20b], stop: {signal: sigint}}}\n"
    )
    assert spec.components[0].receives == ("/", "/api", "/a%20b")
    assert spec.hosts == ("shop.example.com", "*.example.org")
    assert spec.components[0].stop.signal == "INT"


def test_every_form_of_a_check() -> None:
    spec = of(
        "verify:\n"
        "  - http: {path: '/a?b=1', method: post, status: 201, headers: {X-A: 1.0}, json: [1, null], matches: 'a+'}\n"
        "  - run: {command: ./x, within: 10m}\n"
    )
    assert spec.verify == (
        HttpCheck("/a?b=1", "POST", 201, {"X-A": "1.0"}, [1, None], "a+"),
        CommandCheck("./x", 600.0),
    )


def test_shift_takes_per_cent_and_numbers() -> None:
    assert of("switch: {shift: [5%, 50, 100%], hold: 1m}\n").switch == Switch((5, 50, 100), 60.0, 30.0)


def test_anchors_and_merges() -> None:
    spec = parse(
        "app: a\naddress: 1\ncomponents:\n"
        "  web: &base {run: ./web, receives: /, env: &env {A: 1}}\n"
        "  api: {<<: *base, receives: /api, env: {<<: *env, B: 2}}\n"
        "  job: {run: ./job, env: *env}\n"
    )
    assert [c.run for c in spec.components] == ["./web", "./web", "./job"]
    assert [c.env for c in spec.components] == [{"A": "1"}, {"A": "1", "B": "2"}, {"A": "1"}]


def test_relative_tls_paths_need_a_folder() -> None:
    with pytest.raises(ConfigError, match="absolute"):
        of("tls: {cert: a, key: b}\n")
    assert of("tls: {cert: /a, key: /b}\n").tls == Tls("/a", "/b")


class TestLoad:
    def folder(self, path: Path) -> Path:
        (path / "bluegreen.yaml").write_text(SHOP)
        for name in ("tls.crt", "tls.key", ".env.production"):
            (path / name).write_text("A=b\n")
            (path / name).chmod(0o600)
        return path / "bluegreen.yaml"

    def test_reads_the_file_and_keeps_its_text(self, tmp_path: Path) -> None:
        file = self.folder(tmp_path)
        assert load(file) == load(tmp_path) == Loaded(parse(SHOP, folder=tmp_path), SHOP)

    @pytest.mark.parametrize(("name", "line"), [("tls.crt", 5), ("tls.key", 5), (".env.production", 15)])
    def test_files_that_it_names_must_be_there(self, tmp_path: Path, name: str, line: int) -> None:
        file = self.folder(tmp_path)
        (tmp_path / name).unlink()
        with pytest.raises(ConfigError, match="there is no file") as caught:
            load(file)
        assert [problem.line for problem in caught.value.problems] == [line]

    def test_a_link_does_not_leave_the_folder(self, tmp_path: Path) -> None:
        inner = tmp_path / "shop"
        inner.mkdir()
        file = self.folder(inner)
        (tmp_path / "secret").write_text("A=b")
        (inner / ".env.production").unlink()
        (inner / ".env.production").symlink_to(tmp_path / "secret")
        with pytest.raises(ConfigError, match="leaves the application's folder"):
            load(file)

    def test_a_broken_env_file_is_found_before_anything_is_sent(self, tmp_path: Path) -> None:
        file = self.folder(tmp_path)
        (tmp_path / ".env.production").write_text("A=b\nBLUEGREEN_APP=x\n")
        with pytest.raises(ConfigError, match=r"\.env\.production:2:1: `BLUEGREEN_APP` is set by bluegreen itself"):
            load(file)

    def test_warns_of_what_is_seldom_meant(self, tmp_path: Path) -> None:
        file = self.folder(tmp_path)
        (tmp_path / "tls.key").chmod(0o644)
        text = SHOP[: SHOP.index("verify:")] + "switch: {shift: [5%, 100%]}\nwatch: off\n"
        file.write_text(text.replace("    instances: 2\n", "    protocol: http2\n"))
        said = "\n".join(load(file).warnings)
        assert [word in said for word in ("verify", "hold", "HTTP/1.1", "chmod 600")] == [True] * 4

    @pytest.mark.parametrize(
        ("other", "hint"), [("", "bluegreen init"), ("bluegreen.yml", "rename it"), (".bluegreen.yaml", "rename it")]
    )
    def test_a_missing_file_says_what_to_do(self, tmp_path: Path, other: str, hint: str) -> None:
        if other:
            (tmp_path / other).write_text(SHOP)
        with pytest.raises(ConfigError, match="no such file") as caught:
            load(tmp_path)
        assert hint in caught.value.problems[0].hint

    def test_unreadable_content(self, tmp_path: Path) -> None:
        file = tmp_path / "bluegreen.yaml"
        file.write_bytes(b"app: shop\naddress: \xff\n")
        with pytest.raises(ConfigError, match=r":2:10: byte 0xFF is not UTF-8"):
            load(file)
        file.write_bytes(b"#" * 5_000_000)
        with pytest.raises(ConfigError, match="larger than 1 MB"):
            load(file)
