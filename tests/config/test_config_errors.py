"""What a wrong file gets: the line, the column, what is wrong, and what to write instead.

In each text a ``›`` stands before the place that the first problem must name.
"""

from __future__ import annotations

import pytest

from bluegreen.config import ConfigError, Problem, parse
from bluegreen.core.errors import InvalidInput

HEAD = "app: shop\naddress: 8080\n"
GOOD = HEAD + "components:\n  web:\n    run: ./web\n    receives: /\n"


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return caught.value.problems


def check_first(marked: str, message: str, hint: str) -> None:
    """The first problem of the text is at the mark, and says these things."""
    before = marked[: marked.index("›")].split("\n")
    first = problems(marked.replace("›", "", 1))[0]
    assert (first.line, first.column) == (len(before), len(before[-1]) + 1)
    assert message in first.message
    assert hint in first.hint


TOP = (
    ("›nmae: x", "unknown key `nmae`", "its keys are `app`"),
    ("›swich: {}", "unknown key `swich`", "did you mean `switch`?"),
    ("›Verify: []", "unknown key `Verify`", "did you mean `verify`?"),
    ("›services: {}", "unknown key `services`", "did you mean `components`?"),
    ("›instances: 2", "unknown key `instances`", "it belongs in `components.NAME`"),
    ("›drain: 2s", "unknown key `drain`", "it belongs in `switch`"),
    ("›surveillance: {}", "unknown key `surveillance`", "its keys are `app`"),
    ("›app: again", "`app` is there twice", "line 1"),
    ("›keep:", "`keep` has no value", "remove the line"),
    ("verify: ›/healthz", "`verify` must be a list", "brackets"),
    ("verify: [›/healthz]", "`verify[0]` must be a mapping", "`http`, `run`, `shadow`, `golden`, `latency`"),
    ("verify: [›{}]", "a check needs `http`, `run`, `shadow`, `golden` or `latency`", "http: /healthz"),
    ("verify: [{http: /, ›run: x}]", "both `http` and `run`", "second"),
    ("verify: [{http: ›healthz}]", "does not begin with `/`", "write `/healthz`"),
    ("verify: [{http: ›'http://localhost/x'}]", "is a whole URL", "the path alone"),
    ("verify: [{›http: {status: 200}}]", "`path` is missing in `verify[0].http`", "/healthz"),
    ("verify: [{http: {path: /, status: ›42}}]", "`status` must be at least 200", ""),
    ("verify: [{http: {path: /, status: ›'200'}}]", "`status` must be a whole number", "without quotes"),
    ("verify: [{http: {path: /, method: ›FETCH}}]", "`FETCH` is not a method", "GET"),
    ("verify: [{http: {path: /, method: HEAD, ›json: {}}}]", "HEAD has no body", "GET"),
    ("verify: [{http: {path: /, matches: ›'('}}]", "not a regular expression", ""),
    ("verify: [{http: {path: /, ›json: }}]", "`verify[0].http.json` has no value", ""),
    ("verify: [{http: {path: /, headers: {›'a b': x}}}]", "`a b` is not the name of a header", ""),
    ("verify: [{http: {path: /, times: ›0}}]", "`times` must be at least 1", ""),
    ("verify: [{http: {path: /, within: ›0s}}]", "`within` must be more than 0", ""),
    ("verify: [{run: {command: ›''}}]", "must not be empty", ""),
    ("verify: [{›shadow: {for: 2m}}]", "`of` is missing in `verify[0].shadow`", "10%"),
    ("verify: [{shadow: {of: ›0%}}]", "is not a share between 0.01% and 100%", ""),
    ("verify: [{shadow: {of: ›10}}]", "`10` is not a share in per cent", "such as `10%`"),
    ("verify: [{shadow: {of: 10%, ignore: [›id]}}]", "does not begin with `$`", "the whole document"),
    ("verify: [{shadow: {of: 10%, ignore: [›'$[']}}]", "not a JSONPath", ""),
    ("verify: [{shadow: {of: 10%, compare: ›jsn}}]", "must be `json` or `text` or `status`", "did you mean `json`?"),
    ("verify: [{shadow: {of: 10%, compare: text, ›ignore: [$.id]}}]", "`ignore` is for JSON", "compare: json"),
    ("verify: [{shadow: {of: 10%, methods: [›FETCH]}}]", "`FETCH` is not a method", "GET"),
    ("verify: [{shadow: {of: 10%, paths: [›api]}}]", "does not begin with `/`", "write `/api`"),
    ("verify: [{shadow: {of: 10%, without: [›'a b']}}]", "`a b` is not the name of a header", ""),
    ("verify: [{shadow: {of: 10%}}, {›shadow: {of: 5%}}]", "there is a `shadow` check already", "the first one"),
    ("verify: [{golden: ›evals.jsonl}]", "`golden` must be a mapping", "`file`, `to`"),
    ("verify: [{›golden: {to: /}}]", "`file` is missing in `verify[0].golden`", "evals/golden.jsonl"),
    ("verify: [{golden: {file: ›/x.jsonl}}]", "outside of the application's folder", ""),
    ("verify: [{golden: {file: x, to: ›v1}}]", "does not begin with `/`", "`/v1`"),
    ("verify: [{golden: {file: x, ›threshold: 1}}]", "unknown key `threshold`", "its keys are"),
    ("verify: [{golden: {file: x, expect: {›similarity: x}}}]", "unknown key `similarity`", "did you mean `similar`?"),
    ("verify: [{golden: {file: x, expect: {pass: ›98}}}]", "`98` is not a share in per cent", "`98%`"),
    ("verify: [{golden: {file: x, expect: {pass: ›101%}}}]", "not a share between 0% and 100%", ""),
    ("verify: [{golden: {file: x, expect: {pass: ›0%}}}]", "lets every release pass", ""),
    (
        "verify: [{golden: {file: x, expect: {score: ›similar = 1}}}]",
        "`=` means nothing here (at its character 9)",
        "`==`",
    ),
    (
        "verify: [{golden: {file: x, expect: {score: ›'similar >= 0.8 adn number == 1'}}}]",
        "(at its character 16)",
        "`and`",
    ),
    ("verify: [{golden: {file: x, expect: {score: ›simlar >= 0.8}}}]", "there is no measure `simlar`", "`similar`?"),
    ("verify: [{golden: {file: x, expect: {score: ›0.8}}}]", "`score` must be text", ""),
    ("verify: [{golden: {file: x, expect: {number: ›x}}}]", "`number` must be a number", ""),
    ("verify: [{golden: {file: x, expect: {matches: ›'('}}}]", "`matches` is not a regular expression", ""),
    ("verify: [{golden: {file: x, expect: {refusal: ›maybe}}}]", "`refusal` must be true", ""),
    ("verify: [{golden: {file: x, expect: {length: ›{at_most: -1}}}}]", "`length` needs whole numbers", ""),
    ("verify: [{golden: {file: x, advice: [›meaning]}}]", "there is no measure `meaning`", "known are"),
    ("verify: [{golden: {file: x, at_once: ›0}}]", "`at_once` must be at least 1", ""),
    ("verify: [{›latency: {ttft_p95: 1s}}]", "nothing says what is asked", "`golden` check"),
    ("verify: [{›latency: {file: x}}]", "nothing says what is too slow", "ttft_p95"),
    ("verify: [{latency: {file: x, tokens_per_second: ›'< 30'}}]", "is no number of tokens a second", "`> 30`"),
    ("verify: [{latency: {file: x, ttft_p95: ›fast}}]", "is not a duration", ""),
    ("evaluators: {›tone: {}}", "an evaluator needs one of `judge`, `command`", "command:"),
    ("evaluators: {tone: {command: x, ›function: y}}", "cannot be both `command` and `function`", ""),
    ("evaluators: {›exact: {command: x}}", "`exact` means something else already", "another name"),
    ("evaluators: {›and: {command: x}}", "`and` means something else already", ""),
    ("evaluators: {judge: {›judge: {model: x}}}", "`at` is missing", "https://"),
    ("evaluators: {j: {judge: {at: http://a, model: m, key_variable: ›sk-123}}}", "`sk-123` is not the name", ""),
    ("approve: ›by-hand", "`approve` must be `automatic` or `by hand`", "did you mean `by hand`?"),
    ("failover: ›yes", "`failover` must be true or false", "write `true`"),
    ("failover: ›Off", "`failover` must be true or false", "write `false`"),
    ("failover: ›'true'", "`failover` must be true or false", "without quotes"),
    ("keep: ›forever", "`forever` is not a duration", "`1h30m`"),
    ("keep: ›-1", "cannot be negative", ""),
    ("keep_releases: ›0", "`keep_releases` must be at least 1", ""),
    ("keep_releases: ›2.5", "`keep_releases` must be a whole number", ""),
    ("switch: {shift: ›100%}", "`shift` must be a list", "[...]"),
    ("switch: {shift: ›[]}", "the last step must be 100%", "[5%, 50%, 100%]"),
    ("switch: {shift: ›[5%, 50%]}", "the last step must be 100%", ""),
    ("switch: {shift: ›[50%, 5%, 100%]}", "each step must be more", ""),
    ("switch: {shift: [›0.05, 100%]}", "`0.05` is not a share in whole per cent", "5%"),
    ("switch: {shift: [›0%, 100%]}", "`0%` is not a share between 1% and 100%", ""),
    ("switch: {shift: [›true, 100%]}", "not a share", ""),
    ("switch: ›fast", "`switch` must be a mapping", "`shift`, `hold`, `drain`"),
    ("preview: ›8080", "cannot both be listened on", "another port"),
    ("preview: ›0.0.0.0:8080", "cannot both be listened on", ""),
    ('preview: ›":8081"', "does not say who may reach it", "0.0.0.0:8080"),
    ("preview: ›127.0.0.1", "has no port", ""),
    ("hosts: ›shop.example.com", "`hosts` must be a list", "[...]"),
    ("hosts: [a.com, ›A.com]", "`a.com` is there twice", ""),
    ("hosts: [›https://a.com]", "not a host name alone", "https://"),
    ("hosts: [›'*']", "`*` alone", "leave `hosts` out"),
    ("hosts: [›'a.*.com']", "only a leading `*.`", ""),
    ("hosts: [›münchen.de]", "not in ASCII", "xn--"),
    ("hosts: [›a..b]", "is not a host name", ""),
    ("hosts: [›1]", "`hosts[0]` must be text", "quotes"),
    ("›tls: {cert: /a}", "`key` is missing in `tls`", "tls.key"),
    ("tls: ›{cert: a, key: b}", "relative paths mean nothing to a controller elsewhere", "absolute"),
    ("hooks: {›before_begin: x}", "unknown key `before_begin` in `hooks`", "before_"),
    ("hooks: {before_start: ›[a]}", "`before_start` must be text", ""),
    ("? ›[a]\n: b", "a key must be plain text", ""),
    ("keep: ›!duration 1h", "the tag `!duration` means nothing here", "remove"),
    ('keep: ›"\\0"', "U+0000 cannot be used", ""),
    ('keep: ›"\\ud800"', "U+D800 cannot be used", ""),
    ('›"\\0": 1', "U+0000 cannot be used", ""),
)


@pytest.mark.parametrize(("line", "message", "hint"), TOP, ids=[entry[0] for entry in TOP])
def test_a_wrong_line(line: str, message: str, hint: str) -> None:
    check_first(f"{GOOD}{line}\n", message, hint)


LLM = "  llm: {run: serve $PORT, shared: true}\n"
MODELS = (
    ("›chat: {}", "`chat` needs `path` or `serve_by`", "serve_by: llm"),
    ("chat: {path: a.onnx, ›serve_by: llm}", "either a file", "source: ./..."),
    ("chat: {path: a.onnx, ›preset: vllm}", "`preset` means nothing", "remove it"),
    ("chat: {path: ›/etc/model}", "outside of the application's folder", ""),
    ("chat: {path: ›../model}", "outside of the application's folder", ""),
    ("chat: {serve_by: ›llmm, name: a, source: b, preset: vllm}", "no component `llmm`", "did you mean `llm`?"),
    ("chat: {serve_by: ›web, name: a, source: b, preset: vllm}", "`web` is not shared", "shared: true"),
    ("chat: {serve_by: ›quiet, name: a, source: b, preset: vllm}", "`quiet` does not listen", "$PORT"),
    ("chat: {serve_by: llm, name: ›'a b', source: c, preset: vllm}", "`a b` is not a name", "without spaces"),
    ("chat: {serve_by: llm, name: a, source: b, preset: ›vlm}", "no preset `vlm`", "did you mean `vllm`?"),
    ("chat: {serve_by: llm, name: a, load: ›load, unload: DELETE /a}", "must be a call", "POST /v1/load"),
    ("chat: {serve_by: llm, name: a, load: ›FETCH /a, unload: DELETE /a}", "`FETCH` is not a method", "one of GET"),
    ("chat: {serve_by: llm, name: a, load: ›'POST /a {x}', unload: DELETE /a}", "is not JSON", "POST /v1/load"),
    ("chat: {serve_by: llm, name: a, load: ›POST a, unload: DELETE /a}", "does not begin with `/`", ""),
    ("chat: {serve_by: llm, name: a, preset: tgi, probe: ›GET /healthz}", "does not name the model", "{name}"),
    ("chat: {serve_by: llm, name: a, source: ›./../b, preset: vllm}", "outside of the application's folder", ""),
    ("›bluegreen-a: {path: a}", "cannot be called `bluegreen-a`", "another name"),
    ("›A: {path: a}", "`A` is not a name", "`a`?"),
    ("chat: {serve_by: llm, name: a, preset: tgi}\n  more: {serve_by: llm, name: ›a, preset: tgi}", "of `chat`", ""),
)


@pytest.mark.parametrize(("line", "message", "hint"), MODELS, ids=[entry[0] for entry in MODELS])
def test_a_wrong_model(line: str, message: str, hint: str) -> None:
    quiet = "  quiet: {run: sleep 1, shared: true}\n"
    check_first(f"{GOOD}{LLM}{quiet}models:\n  {line}\n", message, hint)


def test_what_a_model_lacks_is_said_at_its_name() -> None:
    for written, message in (
        ("{serve_by: llm, source: b, preset: vllm}", "`name` is missing"),
        ("{serve_by: llm, name: a, preset: vllm}", "`source` is missing"),
        ("{serve_by: llm, name: a, load: POST /a}", "`unload` is missing"),
    ):
        check_first(f"{GOOD}{LLM}models:\n  ›chat: {written}\n", message, "")


def test_a_variable_that_a_model_needs_is_taken() -> None:
    text = f"{GOOD}    env: {{›CHAT_MODEL: mine}}\nmodels: {{chat: {{path: a}}}}\n"
    check_first(text, "set by bluegreen itself: the model `chat`", "rename")


COMPONENT = (
    ("›instnaces: 2", "unknown key `instnaces` in `components.web`", "did you mean `instances`?"),
    ("›replicas: 2", "unknown key `replicas`", "did you mean `instances`?"),
    ("›env_files: x", "unknown key", "did you mean `env_file`?"),
    ("instances: ›two", "`instances` must be a whole number", ""),
    ("instances: ›0", "`instances` must be at least 1", ""),
    ("instances: ›1000", "`instances` must be at most 256", ""),
    ("instances: ›true", "`instances` must be a whole number", ""),
    ("build: ›true", "`build` must be text", "quotes"),
    ("build: ›' '", "must not be empty", ""),
    ("ready: ›/healthz", "`ready` must be a mapping", "`http`, `tcp`, `run`, `within`"),
    ("ready: {http: /, ›tcp: true}", "`http` and `tcp` cannot both", "keep one"),
    ("ready: {tcp: ›false}", "`tcp` can only be true", "leave it out"),
    ("protocol: ›grpc", "`protocol` must be `http1` or `http2`", ""),
    ("active: ›sometimes", "`active` must be `always` or `live`", ""),
    ("active: ›live", "it must run before it is live", "remove one"),
    ("shared: ›1", "`shared` must be true or false", ""),
    ("stop: {signal: ›TREM}", "`TREM` is not a signal", "did you mean `TERM`?"),
    ("stop: {signal: ›STOP}", "`STOP` is not a signal", ""),
    ("stop: {signal: ›15}", "`signal` must be text", ""),
    ("env: ›[A]", "`env` must be a mapping", "name: value"),
    ("env: {›PORT: 1}", "`PORT` is set by bluegreen itself", "$PORT"),
    ("env: {›BLUEGREEN_APP: x}", "`BLUEGREEN_APP` is set by bluegreen itself", ""),
    ("env: {›A-B: x}", "`A-B` is not the name of an environment variable", ""),
    ("env: {›A: }", "`components.web.env.A` has no value", "''"),
    ("env: {A: ›{}}", "`A` must be text", ""),
    ("env_file: ›/etc/passwd", "outside of the application's folder", "below"),
    ("env_file: ›../secret", "outside of the application's folder", ""),
    ("env_file: ›a/../../b", "outside of the application's folder", ""),
    ("env_file: ›~/x", "outside of the application's folder", ""),
)


@pytest.mark.parametrize(("line", "message", "hint"), COMPONENT, ids=[entry[0] for entry in COMPONENT])
def test_a_wrong_line_of_a_component(line: str, message: str, hint: str) -> None:
    check_first(f"{GOOD}    {line}\n", message, hint)


COMPONENTS = (
    ("  ›web:", "`components.web` has no value", ""),
    ("  web: ›./web", "`web` must be a mapping", "`run`"),
    ("  ›web: {receives: /}", "`run` is missing in `components.web`", "$PORT"),
    ("  ›Web: {run: x, receives: /}", "`Web` is not a name", "`web`?"),
    (f"  ›{'a' * 41}: {{run: x, receives: /}}", "is not a name", "at most 40"),
    ("  ›bluegreen: {run: x, receives: /}", "cannot be called `bluegreen`", "another name"),
    ("  a: {run: x, receives: /}\n  b: {run: x, receives: [/b, ›/]}", "received by `a` already", ""),
    ("  a: {run: x, receives: [/x, ›/x/]}", "received by `a` already", ""),
    ("  a: {run: x, receives: ›api}", "does not begin with `/`", "/api"),
    ("  a: {run: x, receives: ›/api/*}", "holds a `*`", "every path below"),
    ("  a: {run: x, receives: ›/a b}", "a character that paths cannot have", "%20"),
    ("  a: {run: x, receives: ›/a//b}", "an empty, `.` or `..` segment", ""),
    ("  a: {run: x, receives: ›/a/../b}", "an empty, `.` or `..` segment", ""),
    ("  a: {run: x, receives: ›//}", "an empty, `.` or `..` segment", ""),
    ("  a: {run: x, receives: /}\n  b: {run: x, receives: ›/b, shared: true}", "`b` is shared", "$B_URL"),
    ("  a: {run: x, receives: /}\n  b: {run: x, active: ›live, shared: true}", "cannot be both", ""),
    ("  a: {run: x, receives: /, env: {›B_C_URL: x}}\n  b-c: {run: x $PORT}", "`B_C_URL` is set", "rename"),
    ("  a: {run: x, receives: /}\n  ›a: {run: y, receives: /}", "`a` is there twice", "line 4"),
    ("  a: &a {run: x, receives: /}\n  b: ›*c", "this alias has no anchor", "&name"),
    ("  a: {run: x, receives: /}\n  b: {<<: ›3, run: x}", "`<<` takes the alias of a mapping", "*base"),
    ("  a: {run: x, receives: ›'/api?x=1'}", "holds a query", ""),
    ("  a: {run: x, receives: /api›?x=1}", "a `?` cannot stand between brackets", "quotes"),
)


@pytest.mark.parametrize(("lines", "message", "hint"), COMPONENTS, ids=[entry[0] for entry in COMPONENTS])
def test_wrong_components(lines: str, message: str, hint: str) -> None:
    check_first(f"{HEAD}components:\n{lines}\n", message, hint)


WHOLE = (
    ("›", "the file is empty", "bluegreen init"),
    ("›# nothing\n", "the file is empty", "bluegreen init"),
    ("›- app\n", "the file must be a mapping", "app: NAME"),
    ("›shop\n", "the file must be a mapping", ""),
    ("›app: shop\n", "`address` is missing", "0.0.0.0:8080"),
    (f"›{HEAD}", "`components` is missing", ""),
    (HEAD + "components: ›{}\n", "`components` must not be empty", "name: value"),
    (HEAD + "components:\n›\tweb: x\n", "a tab cannot indent YAML", "spaces"),
    (HEAD + "components:\n  web:\n    run: ./web\n    ›rece", "this is not `key: value`", "`:`"),
    (HEAD + "hosts: ›[a.com, b.com\nkeep: 1h\n", "opened here with `[` is not closed", "`]`"),
    (HEAD + "hooks: ›{before_start: x\nkeep: 1h\n", "opened here with `{` is not closed", "`}`"),
    (HEAD + 'keep: ›"1h\n', "a quote that is opened here is not closed", ""),
    (HEAD + "  keep›: 1h\n", "a `:` that YAML does not expect here", "indentation"),
    ("app: shop\naddress: [›::1]:8080\n", "a `:` stands where a value should begin", '"[::1]:8080"'),
    (HEAD + "keep: ›@x\n", "does not allow this character", "quotes"),
    (HEAD + "›---\napp: other\n", "a second document begins here", ""),
    ("app: a›\x1b[31m\n", "U+001B cannot be part", "remove"),
    ('app: "\\U›FFFFFFFF"\n', "no such character", ""),
    ("app: ›&a [*a]\n", "an alias of itself", ""),
    (f"{HEAD}›components:\n  web: {{run: ./web}}", "no component receives", "receives: /"),
    ("›" + "#" * 5_000_000, "larger than 1 MB", "one application"),
    ("app: " + "[" * 39 + "›[" + "[" * 50_000, "nested more than 40 levels", ""),
    ("app:\n" + "- x\n" * 9_997 + "- ›x\n" + "- x\n" * 99, "more than 10,000 values", ""),
    ("a0: &a0 [›x]\n" + "".join(f"a{n + 1}: &a{n + 1} [{f'*a{n}, ' * 10}]\n" for n in range(14)), "its aliases", ""),
)


@pytest.mark.parametrize(("text", "message", "hint"), WHOLE, ids=[entry[0][:50] for entry in WHOLE])
def test_wrong_files(text: str, message: str, hint: str) -> None:
    check_first(text, message, hint)


def test_all_problems_at_once_in_the_order_of_the_lines() -> None:
    found = problems(f"{GOOD}    instances: x\n    intances: 2\nkeep: never\nkeep: 1h\n")
    assert [problem.line for problem in found] == [7, 8, 9, 10]
    assert [problem.path for problem in found] == [
        "components.web.instances", "components.web.intances", "keep", "keep"
    ]  # fmt: skip


def test_a_problem_of_an_anchor_is_told_once() -> None:
    text = f"{HEAD}components:\n  a: &a {{run: x, receives: /, instances: x}}\n  b: {{<<: *a, receives: /b}}\n"
    assert [(found.line, found.column) for found in problems(text)] == [(4, 42)]


def test_it_is_shown_with_its_line_and_a_caret() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(f"{GOOD}keep: forever\n", name="shop/bluegreen.yaml")
    hint = "write it as `30s`, `1m`, `1h`, `1h30m` or `500ms`; a number alone is seconds"
    assert str(caught.value) == (
        f"shop/bluegreen.yaml:7:7: `forever` is not a duration\n    7 | keep: forever\n              ^\n  hint: {hint}"
    )
    assert caught.value.what == "shop/bluegreen.yaml has 1 problem"


def test_a_long_line_is_cut_around_the_column() -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f"{GOOD}keep: {'1' * 50}{'x' * 5000}\nhosts: [{'a.b, ' * 1000} -x]\n")
    shown = str(caught.value).splitlines()
    assert max(map(len, shown)) < 150
    carets = [index for index, line in enumerate(shown) if line.strip() == "^"]
    assert [shown[index - 1][shown[index].index("^")] for index in carets][-1] == "-"


def test_a_file_that_is_not_meant_for_us_does_not_flood_the_terminal() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("".join(f"key{number}: 1\n" for number in range(500)))
    assert len(caught.value.problems) > 500
    assert len(str(caught.value).splitlines()) < 100
    assert str(caught.value).endswith("more")


def test_what_gives_advice_decides_nothing() -> None:
    check_first(
        GOOD
        + "evaluators: {near: {meaning: /srv/model}}\n"
        + "verify: [{golden: {file: x, expect: {score: ›near >= 0.8}}}]\n",
        "`near` gives advice and cannot decide",
        "advice: [near]",
    )
