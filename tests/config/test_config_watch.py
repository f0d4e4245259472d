"""What `watch:` and what belongs to it means, and what a wrong one gets."""

from __future__ import annotations

import re
import sys

import pytest
from tests.config.test_config_errors import GOOD, check_first

from bluegreen.config import ConfigError, json_schema, load, parse
from bluegreen.core.spec import (
    CommandGuard,
    ErrorRate,
    EventRatio,
    Guard,
    HttpProbe,
    JsonValue,
    Latency,
    Prometheus,
    Switch,
    Watch,
)

AT = "at: 'http://prom:9090'"
URL = "url: 'http://queue:9000/stats'"


def watch_of(lines: str) -> Watch | None:
    return parse(GOOD + lines).watch


def guard_of(guard: str) -> Guard:
    watch = watch_of(f"watch:\n  guards:\n    - {guard}\n")
    assert watch is not None
    assert len(watch.guards) == 1
    return watch.guards[0]


def test_the_whole_of_it() -> None:
    watch = watch_of("""\
watch:
  for: 5m
  guards:
    - error_rate: {worse_than: 2x}
    - latency: {p95: 1.5x, p99: 2x}
    - http: {path: /healthz, every: 1s}
    - prometheus: {query: 'sum(rate(orders_total[1m]))', at: http://prom:9090/sub/, worse_than: 0.9x}
    - command: ./smoke/after.sh
    - json: {url: http://queue:9000/stats, path: $.queue_depth, at_most: 1000}
    - events: {name: purchase, per: visit, worse_than: 0.95x}
  holdback: 5%
  false_alarm: 0.5%
  cannot_tell: hold
  shared_cause: roll back
""")
    guards = (
        ErrorRate(2.0),
        Latency(((0.95, 1.5), (0.99, 2.0))),
        HttpProbe("/healthz"),
        Prometheus("sum(rate(orders_total[1m]))", "http://prom:9090/sub", worse_than=0.9),
        CommandGuard("./smoke/after.sh"),
        JsonValue("http://queue:9000/stats", "$.queue_depth", at_most=1000.0),
        EventRatio("purchase", "visit", 0.95),
    )
    assert watch == Watch(300.0, guards, 5, 0.005, "hold", "roll back")


def test_without_one_a_quiet_application_is_not_held_for_a_person() -> None:
    assert watch_of("") == Watch(120.0, (ErrorRate(), Latency()), cannot_tell="finish")


def test_an_empty_one_has_the_defaults_of_core() -> None:
    assert watch_of("watch: {}\n") == Watch()


@pytest.mark.parametrize("off", ["off", "false", "'off'"])
def test_off_does_without(off: str) -> None:
    assert watch_of(f"watch: {off}\n") is None


@pytest.mark.parametrize(
    ("written", "guard"),
    [
        ("error_rate", ErrorRate()),
        ("error_rate: {}", ErrorRate()),
        ("error_rate: {worse_than: 3}", ErrorRate(3.0)),
        ("latency", Latency()),
        ("latency: {p50: 1.2x}", Latency(((0.5, 1.2),))),
        ("latency: {p99: 3x, p50: 1.5}", Latency(((0.5, 1.5), (0.99, 3.0)))),
        ("http: /ok?a=1", HttpProbe("/ok?a=1")),
        ("http: {path: /ok, status: 204, every: 5s, within: 500ms}", HttpProbe("/ok", 204, 5.0, 0.5)),
        ("command: {run: ./x, every: 1m, within: 30s}", CommandGuard("./x", 60.0, 30.0)),
        (f"prometheus: {{query: up, {AT}, at_most: 3}}", Prometheus("up", "http://prom:9090", at_most=3.0)),
        (
            f"prometheus: {{query: up, {AT}, at_most: 3, at_least: -1.5, every: 1m, within: 1s}}",
            Prometheus("up", "http://prom:9090", None, 3.0, -1.5, 60.0, 1.0),
        ),
        (f"prometheus: {{query: up, {AT}, at_least: 3}}", Prometheus("up", "http://prom:9090", at_least=3.0)),
        (f"prometheus: {{query: up, {AT}, worse_than: 2x}}", Prometheus("up", "http://prom:9090", worse_than=2.0)),
        (
            f"json: {{{URL}, path: '$.q[0].n', at_least: 1, every: 2s}}",
            JsonValue("http://queue:9000/stats", "$.q[0].n", at_least=1.0, every=2.0),
        ),
        ("events: {name: refund, per: purchase, worse_than: 1.5x}", EventRatio("refund", "purchase", 1.5)),
    ],
)
def test_every_form_of_a_guard(written: str, guard: Guard) -> None:
    assert guard_of(written) == guard


def test_two_documents_may_have_the_same_path() -> None:
    guards = [f"json: {{url: 'http://{host}/stats?key=s3cret', path: $.depth, at_most: 1}}" for host in ("one", "two")]
    watch = watch_of("watch:\n  guards:\n" + "".join(f"    - {guard}\n" for guard in guards))
    assert watch is not None
    assert [guard.name for guard in watch.guards] == ["json one/stats $.depth", "json two/stats $.depth"]


def test_sticky_and_skew_protection() -> None:
    spec = parse(GOOD + "switch: {shift: [5%, 100%], sticky: true}\nskew_protection: true\n")
    assert (spec.switch, spec.skew_protection) == (Switch((5, 100), sticky=True), True)
    assert parse(GOOD + "switch: {sticky: true}\nwatch: {holdback: 5}\n").switch.sticky


WRONG = (
    ("watch: ›on", "`watch` must be a mapping", "write `off`, or a mapping: its keys are `for`, `guards`"),
    ("watch: ›true", "`watch` must be a mapping", ""),
    ("›watch:", "`watch` has no value", ""),
    ("watch: {›For: 1m}", "unknown key `For` in `watch`", "did you mean `for`?"),
    ("watch: {›duration: 1m}", "unknown key `duration` in `watch`", "its keys are `for`"),
    ("›for: 1m", "unknown key `for`", "it belongs in `verify[].shadow` or `watch`"),
    ("›holdback: 5%", "unknown key `holdback`", "it belongs in `watch`"),
    ("watch: {for: ›0s}", "`for` must be more than 0", ""),
    ("watch: {for: ›soon}", "`soon` is not a duration", ""),
    ("watch: {guards: ›[]}", "`guards` must not be empty", "name one, or leave it out"),
    ("watch: {guards: ›error_rate}", "`guards` must be a list", "brackets"),
    ("watch: {guards: [›eror_rate]}", "`guards[0]` must be a mapping", "did you mean `error_rate`?"),
    ("watch: {guards: [›http]}", "`guards[0]` must be a mapping", "`http` cannot stand alone"),
    ("watch: {guards: [›errors_5xx]}", "`guards[0]` must be a mapping", "its keys are `error_rate`"),
    ("watch: {guards: [error_rate: ›2x]}", "`error_rate` must be a mapping", "its keys are `worse_than`"),
    ("watch: {guards: [{›eror_rate: {}}]}", "unknown key `eror_rate`", "did you mean `error_rate`?"),
    ("watch: {guards: [›{}]}", "a guard needs one of `error_rate`", "worse_than"),
    ("watch: {guards: [{http: /, ›json: {" + URL + ", path: $.a, at_most: 1}}]}", "both `http` and `json`", "second"),
    ("watch:\n  guards:\n  - ›error_rate:", "has no value", ""),
    ("watch: {guards: [latency, error_rate, ›latency: {p50: 2x}]}", "the guard `latency` is there twice", "remove"),
    ("watch: {guards: [http: /a, http: {path: /b}, ›http: {path: /a, status: 204}]}", "`http /a` is there twice", ""),
    ("watch: {holdback: ›51%}", "`51%` would leave most users", "`5%`"),
    ("watch: {holdback: ›0%}", "not a share between 1%", ""),
    ("watch: {holdback: ›0.5%}", "not a share in whole per cent", ""),
    ("watch: {false_alarm: ›0.01}", "`0.01` is not a chance in per cent", "`0.5%`"),
    ("watch: {false_alarm: ›0%}", "not a chance between 0.01% and 20%", ""),
    ("watch: {false_alarm: ›21%}", "not a chance between 0.01% and 20%", ""),
    ("watch: {cannot_tell: ›wait}", "`cannot_tell` must be `extend` or `hold`", ""),
    ("watch: {shared_cause: ›rollback}", "must be `hold` or `roll back`", "did you mean `roll back`?"),
    ("switch: {›sticky: true}", "`sticky` would do nothing", "`holdback`"),
    ("switch: {sticky: ›maybe}", "`sticky` must be true or false", ""),
    ("skew_protection: ›1", "`skew_protection` must be true or false", ""),
)  # fmt: skip


@pytest.mark.parametrize(("line", "message", "hint"), WRONG, ids=[entry[0] for entry in WRONG])
def test_a_wrong_watch(line: str, message: str, hint: str) -> None:
    check_first(f"{GOOD}{line}\n", message, hint)


PROM = f"prometheus: {{{AT}, at_most: 1, query: "
JSON = f"json: {{{URL}, at_most: 1, path: "
WRONG_GUARDS = (
    ("error_rate: {worse_than: ›1x}", "would tolerate no more", "1.5x"),
    ("error_rate: {worse_than: ›twice}", "`twice` does not say how many times", "`2x`"),
    ("error_rate: {worse_than: ›2 x}", "`2 x` does not say", ""),
    ("error_rate: {worse_than: ›true}", "does not say how many times", ""),
    ("error_rate: {worse_than: ›1001x}", "at most 1000x", ""),
    ("error_rate: {worse_than: ›9" + "9" * 400 + "x}", "at most 1000x", ""),
    ("error_rate: {worse_than: ›-2}", "not more than 0x", ""),
    ("latency: {p95: ›0.9x}", "would tolerate no more", ""),
    ("latency: {›p90: 2x}", "unknown key `p90`", "its keys are `p50`, `p95`, `p99`"),
    ("http: ›healthz", "does not begin with `/`", ""),
    ("http: {path: /, every: ›0.5s}", "`every` must be at least 1s", ""),
    ("http: {path: /, status: ›99}", "`status` must be at least 200", ""),
    ("›http: {status: 200}", "`path` is missing", "/healthz"),
    ("command: ›''", "must not be empty", ""),
    ("command: {run: ./x, ›command: ./y}", "unknown key `command`", "did you mean `run`?"),
    ("›prometheus: {query: up, at: 'http://x'}", "nothing says which values are worse", "`worse_than: 2x`"),
    (f"prometheus: {{query: up, {AT}, worse_than: 2x, ›at_most: 1}}", "one guard cannot do both", "two guards"),
    (f"prometheus: {{query: up, {AT}, worse_than: ›1x}}", "does not say whether less or more", ""),
    (f"prometheus: {{query: up, {AT}, at_most: 1, at_least: ›2}}", "no value is at least 2 and at most 1", ""),
    (f"prometheus: {{query: up, {AT}, at_most: ›'1'}}", "`at_most` must be a number", "without quotes"),
    (f"prometheus: {{query: up, {AT}, at_most: ›.inf}}", "not a number that can be used", ""),
    (PROM + "›'sum(rate(orders_total[1m])'}", "not PromQL: unclosed left parenthesis", "Prometheus"),
    (PROM + "›rate(up)}", "expected type matrix", ""),
    (PROM + "›ratee(up)}", "unknown function with name 'ratee'", ""),
    (PROM + "›'a b'}", "not PromQL", ""),
    (PROM + "›''}", "not PromQL", ""),
    (PROM + "sum(rate(x›[1m]))}", "a `[` cannot stand", "quotes"),
    (PROM + "›1}", "`query` must be text", "quotes"),
    (PROM + "›'((up[5m]))'}", "a range of values", "sum(rate("),
    (PROM + "›'up[5m:1m]'}", "a range of values", ""),
    (PROM + "›'\"up\"'}", "a text, not a number", ""),
    (PROM + "›'" + "(" * 100_000 + "1" + ")" * 100_000 + "'}", "longer than 2,000 characters", "recording rule"),
    (JSON + "›queue_depth}", "does not begin with `$`", "$.queue_depth"),
    (JSON + "›'$.a['}", "not a JSONPath", ""),
    (JSON + "›'$.a b'}", "not a JSONPath: unexpected token 'b' (at its character 5)", ""),
    (JSON + "›'$.a[?match(@.n, \"(a+)+b\")]'}", "not a JSONPath", ""),
    (JSON + "›'$.a[?" + "(" * 400 + "@.x]'}", "not a JSONPath", ""),
    (JSON + "›'$" + ".a" * 300 + "'}", "longer than 500", ""),
    (JSON + "›''}", "does not begin with `$`", ""),
    ("›json: {url: 'http://x/y', path: $.a}", "nothing says which values are worse", "`at_most: 1000`"),
    ("json: {url: ›file:///etc/passwd, path: $.a, at_most: 1}", "not an http or https URL", ""),
    ("json: {url: ›/stats, path: $.a, at_most: 1}", "not an http or https URL", ""),
    ("json: {url: ›'http://x:99999/', path: $.a, at_most: 1}", "not a URL", ""),
    ("json: {url: ›'http://[::1/', path: $.a, at_most: 1}", "not a URL", ""),
    ("json: {url: ›'http://a b/', path: $.a, at_most: 1}", "not a URL", ""),
    ("json: {url: ›'http:///x', path: $.a, at_most: 1}", "not an http or https URL", ""),
    ("json: {url: ›'http://x/#a', path: $.a, at_most: 1}", "behind `#`", ""),
    ("prometheus: {query: up, at: ›'http://x/?a=b', at_most: 1}", "cannot have a query", ""),
    ("events: {name: ›pur chase, per: visit}", "is not the name of an event", "letters"),
    ("events: {name: visit, per: ›visit}", "there is always one", ""),
    ("›events: {name: visit}", "`per` is missing", "visit"),
    ("events: {name: a, per: b, worse_than: ›1x}", "does not say whether less or more", ""),
)


@pytest.mark.parametrize(("guard", "message", "hint"), WRONG_GUARDS, ids=[entry[0][:60] for entry in WRONG_GUARDS])
def test_a_wrong_guard(guard: str, message: str, hint: str) -> None:
    check_first(f"{GOOD}watch:\n  guards:\n    - {guard}\n", message, hint)


def test_a_path_that_nobody_receives_cannot_be_probed() -> None:
    text = "app: a\naddress: 1\ncomponents: {web: {run: x, receives: [/api, /v2]}}\nwatch: {guards: [http: ›/apix]}\n"
    check_first(text, "no component receives `/apix`", "`/api` or `/v2`")


@pytest.mark.parametrize("url", ["http://user:pass-word@host/x", "http://user:pa/ss-word@host", "https://pass-word@[h"])
def test_credentials_in_a_url_are_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        guard_of(f"json: {{url: '{url}', path: $.a, at_most: 1}}")
    assert "ss-word" not in str(caught.value)
    assert "ss-word" not in "".join(problem.message + problem.hint for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("module", "guard", "extra"),
    [
        ("promql_parser", PROM + "›up}", "pip install 'bluegreen[prometheus]'"),
        ("jsonpath", JSON + "›$.a}", "pip install 'bluegreen[json]'"),
    ],
)
def test_a_missing_extra_says_what_to_install(
    module: str, guard: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    check_first(f"{GOOD}watch:\n  guards:\n    - {guard}\n", "is not installed", extra)


def test_a_query_over_several_lines_is_found_at_its_beginning() -> None:
    check_first(
        f"{GOOD}watch:\n  guards:\n    - prometheus:\n        {AT}\n        at_most: 1\n"
        "        query: ›|\n          sum(\n            rate(x[1m])\n",
        "unclosed left parenthesis",
        "",
    )


def test_editors_are_told_what_may_be_written() -> None:
    keys = json_schema()["$defs"]["WatchSection"]["properties"]
    assert keys["false_alarm"]["default"] == "1%"
    per_cent = re.compile(keys["holdback"]["anyOf"][0]["pattern"])
    assert [bool(per_cent.search(f"{share}%")) for share in (0, 1, 9, 10, 49, 50, 51, 100)] == [
        False, True, True, True, True, True, False, False
    ]  # fmt: skip


class TestWarnings:
    def said(self, path: pytest.TempPathFactory, lines: str, components: str = "") -> str:
        file = path.mktemp("app") / "bluegreen.yaml"
        file.write_text(f"{GOOD}{components}verify: [http: /]\n{lines}")
        return "\n".join(load(file).warnings)

    def test_events_that_only_alert(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        guards = "guards: [events: {name: purchase, per: visit}]"
        assert "only alerts" in self.said(tmp_path_factory, f"watch: {{{guards}}}\n")
        assert self.said(tmp_path_factory, f"watch: {{{guards}, holdback: 5%}}\n") == ""
        assert self.said(tmp_path_factory, f"watch: {{{guards}}}\nswitch: {{shift: [5%, 100%]}}\n") == ""

    def test_a_probe_of_a_component_that_speaks_http2(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        components = "  grpc: {run: x, receives: /rpc, protocol: http2}\n"
        watch = "watch: {guards: [http: /rpc/ok]}\n"
        assert "asks in HTTP/1.1" in self.said(tmp_path_factory, watch, components)
        assert self.said(tmp_path_factory, watch.replace("rpc", "web"), components) == ""

    def test_a_guard_that_is_hardly_asked(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        assert "every 10 s" in self.said(tmp_path_factory, "watch: {for: 5s, guards: [command: ./x]}\n")
        assert self.said(tmp_path_factory, "watch: {for: 10s, guards: [command: ./x]}\n") == ""
