"""controller.yaml: what it means, what is wrong with it and where, and that its reference is true.

In each text a ``›`` stands before the place that the first problem must name.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
import yaml

from bluegreen.config.controller import load_settings, parse_settings, with_listener
from bluegreen.config.controller_models import AllowSection, ChannelSection, ControllerFile, IssuerSection
from bluegreen.config.models import TlsSection
from bluegreen.config.problems import ConfigError
from bluegreen.core.access import Grant, Role
from bluegreen.core.errors import InvalidInput
from bluegreen.core.settings import AppriseChannel, Settings, WebhookChannel
from bluegreen.core.spec import Tls

PAGE = (Path(__file__).parents[2] / "docs/reference/controller.md").read_text()
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
ENVIRON = {"SLACK_URL": "slack://a/b/c", "HOOK_SECRET": SECRET, "PART": "b", "EMPTY": ""}
HOME = Path("/srv/home")
ISSUER = "oidc: [{issuer: https://gitlab.com, audience: here, allow: [%s]}]"
GITLAB = "{project_id: 42, ref: main, role: deployer, app: shop%s}"


def parse(text: str) -> Settings:
    return parse_settings(text, home=HOME, environ=ENVIRON)


def example() -> str:
    found = re.search(r'```yaml title="controller.yaml"\n(.*?)```', PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_of_the_reference() -> None:
    settings = parse(example())
    assert settings.listen == "0.0.0.0:8443"
    assert settings.tls == Tls("/srv/home/tls.crt", "/srv/home/tls.key")
    github, gitlab = settings.oidc
    assert github.rules[0].claims == {
        "repository_id": "123456",
        "ref": "refs/heads/main",
        "event_name": "push",
    }
    assert github.rules[0].grant == gitlab.rules[0].grant == Grant(Role.DEPLOYER, "shop")
    assert settings.channels == {
        "ops": AppriseChannel("ops", "slack://a/b/c"),
        "hook": WebhookChannel("hook", "https://hooks.example.com/bluegreen", SECRET),
    }
    assert "slack" not in repr(settings)
    assert SECRET not in repr(settings)


def test_numbers_and_truth_are_claims_as_tokens_write_them() -> None:
    (issuer,) = parse(ISSUER % GITLAB % ", ref_protected: true").oidc
    assert issuer.rules[0].claims == {"project_id": "42", "ref": "main", "ref_protected": "true"}
    (issuer,) = parse(ISSUER % "{project_id: 42, role: viewer, app: all}").oidc
    assert issuer.rules[0].grant == Grant(Role.VIEWER)


def test_variables() -> None:
    settings = parse("channels: {a: {apprise: 'x://$$a/${PART}/$PART-c'}}")
    assert settings.channels == {"a": AppriseChannel("a", "x://$a/b/b-c")}


@pytest.mark.parametrize("text", ["", "# nothing\n", "oidc: []\nchannels: {}\n"])
def test_nothing_is_as_it_is_without_a_file(text: str, tmp_path: Path) -> None:
    assert parse(text) == Settings() == load_settings(tmp_path, {}).settings


WRONG = (
    ("listen: ›0.0.0.0:8443", "needs TLS"),
    ("listen: ›'[::]:8443'", "needs TLS"),
    ("listen: ›192.0.2.1:8443", "needs TLS"),
    ("listen: ›8443x", "has no port"),
    ("›tls: {cert: a, key: b}", "serves nothing"),
    ("listen: 127.0.0.1:1\n›tls: {cert: a}", "`key` is missing"),
    ("›lissten: x", "unknown key `lissten`"),
    ("›port: 5", "unknown key `port`"),
    ("url: ›deploy.example.com", "not an http or https URL"),
    ("oidc: ›{}", "must be a list"),
    ("oidc: [{issuer: ›http://gitlab.com, audience: a, allow: [" + GITLAB % "" + "]}]", "could forge tokens"),
    ("oidc: [{issuer: https://a, audience: ›'', allow: [" + GITLAB % "" + "]}]", "must be text"),
    ("›oidc: [{issuer: https://a, allow: [" + GITLAB % "" + "]}]", "`audience` is missing"),
    ("oidc: [{issuer: https://a, audience: a, allow: ›[]}]", "must not be empty"),
    (ISSUER % "›{ref: main, role: deployer, app: shop}", "`repository_id`"),
    (ISSUER % "›{project_id: 1, repository_id: 2, role: deployer, app: shop}", "`repository_id`"),
    (ISSUER.replace("allow", "›allow") % "{project_id: 1, role: deployer}", "`app` is missing"),
    (ISSUER % "{project_id: 1, role: ›approver, app: shop}", "`viewer` or `deployer`"),
    (ISSUER % "{project_id: 1, role: ›admin, app: shop}", "`viewer` or `deployer`"),
    (ISSUER % "{project_id: 1, role: viewer, app: ›Shop!}", "not a name"),
    (ISSUER % "{project_id: 1, ›event_name: push, role: viewer, app: shop}", "have no `event_name`"),
    (ISSUER % "{project_id: 1, pipeline_source: ›merge_request_event, role: viewer, app: shop}", "only proposed"),
    (ISSUER % "{repository_id: 1, event_name: ›pull_request_target, role: viewer, app: shop}", "only proposed"),
    (ISSUER % "{repository_id: 1, ref: ›refs/pull/1/merge, role: viewer, app: shop}", "only proposed"),
    ("channels: {a: ›{}}", "one of `apprise` and `webhook`"),
    ("channels: {a: ›{apprise: 'x://y', webhook: https://y}}", "one of `apprise` and `webhook`"),
    ("channels: {a: ›{webhook: https://y}}", "`secret` is missing"),
    ("channels: {a: {apprise: 'x://y', ›secret: z}}", "only a `webhook`"),
    ("channels: {a: {apprise: ›$NOWHERE}}", "`$NOWHERE` is not set"),
    ("channels: {a: {apprise: ›$EMPTY}}", "`$EMPTY` is not set"),
    ("channels: {a: {apprise: ›plain}}", "not an address"),
    ("channels: {a: {webhook: https://y, secret: ›whsec_c2hvcnQ=}}", "24 to 64 bytes"),
    ("channels: {a: {webhook: ›nowhere, secret: $HOOK_SECRET}}", "URL"),
    ("›- a", "must be a mapping"),
)


@pytest.mark.parametrize(("marked", "message"), WRONG)
def test_what_is_wrong_is_told_at_its_place(marked: str, message: str) -> None:
    before = marked[: marked.index("›")].split("\n")
    with pytest.raises(ConfigError) as caught:
        parse(marked.replace("›", "", 1))
    first = caught.value.problems[0]
    assert (first.line, first.column) == (len(before), len(before[-1]) + 1)
    assert message in first.message


@pytest.mark.parametrize(
    "text",
    [
        "channels: {a: {webhook: https://y, secret: hunter2}}",
        "channels: {a: {webhook: hunter2, secret: $HOOK_SECRET}}",
        "channels: {a: {apprise: hunter2}}",
        "channels: {a: {apprise: 'x://hunter2', more: 1}}",
        "channels: {a: {apprise: [hunter2]}}",
        "channels: {a: {apprise: 'x://hunter2}}",
        "channels:\n  a: {webhook: 'https://user:hunter2@host', secret: $HOOK_SECRET}",
        "lissten: x\nchannels: {a: {webhook: https://y, secret: hunter2}}",
    ],
)
def test_no_message_shows_a_secret(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert "hunter2" not in str(caught.value)


def test_errors_are_printed_as_the_reference_shows_them() -> None:
    shown = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    text = """\
listen: 0.0.0.0:8443
oidc:
  - issuer: https://gitlab.com
    audience: bluegreen-prod
    allow: [{project_id: 42, pipeline_source: merge_request_event, role: viewer, app: all}]
"""
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert str(caught.value) == shown[1].rstrip()


def test_the_reference_describes_every_key() -> None:
    described = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    models = (ControllerFile, TlsSection, IssuerSection, AllowSection, ChannelSection)
    assert described == {key for model in models for key in model.model_fields}
    assert set(yaml.safe_load(example())) == set(ControllerFile.model_fields)


def test_a_file_that_others_can_read_is_a_warning(tmp_path: Path) -> None:
    file, key = tmp_path / "controller.yaml", tmp_path / "tls.key"
    file.write_text("listen: 127.0.0.1:9000\ntls: {cert: tls.crt, key: tls.key}\n")
    key.write_text("")
    for mode, warned in ((0o644, 2), (0o600, 0)):
        file.chmod(mode)
        key.chmod(mode)
        assert len(load_settings(tmp_path, {}).warnings) == warned


def test_a_rule_for_every_branch_is_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "controller.yaml"
    for allow, warned in (("{project_id: 1, role: deployer, app: shop}", True), (GITLAB % "", False)):
        file.write_text(ISSUER % allow)
        file.chmod(0o600)
        assert bool(load_settings(tmp_path, {}).warnings) == warned


def test_what_the_command_line_says_counts_more(tmp_path: Path) -> None:
    settings = Settings(listen="127.0.0.1:9000")
    cert, key = tmp_path / "c", tmp_path / "k"
    changed = with_listener(settings, "0.0.0.0:8443", cert, key)
    assert (changed.listen, changed.tls) == ("0.0.0.0:8443", Tls(str(cert), str(key)))
    assert with_listener(settings, None, None, None) == settings
    for listen, one, other in (
        ("0.0.0.0:8443", None, None),
        ("127.0.0.1:1", cert, None),
        ("nowhere", None, None),
        ("127.0.0.1", None, None),
    ):
        with pytest.raises(InvalidInput):
            with_listener(settings, listen, one, other)
    with pytest.raises(InvalidInput):
        with_listener(Settings(), None, cert, key)
