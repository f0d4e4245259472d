"""What must hold between the keys of ``controller.yaml``."""

from __future__ import annotations

from collections.abc import Iterator

from bluegreen.config.addresses import is_loopback
from bluegreen.config.breach import Breach
from bluegreen.config.controller_models import AllowSection, ChannelSection, ControllerFile
from bluegreen.config.document import Path
from bluegreen.core.oidc import GITHUB_ID, GITLAB_ID, is_proposal

_ONLY = {GITHUB_ID: ("repository", "event_name"), GITLAB_ID: ("project_path", "pipeline_source")}
"""Claims that only tokens of this kind have."""


def breaches(file: ControllerFile) -> Iterator[Breach]:
    """Every rule that the file breaks."""
    yield from _listener(file)
    for index, issuer in enumerate(file.oidc):
        if issuer.issuer in [other.issuer for other in file.oidc[:index]]:
            hint = "put its rules into one entry"
            yield Breach(("oidc", index, "issuer"), "this issuer is there twice", hint)
        for number, allow in enumerate(issuer.allow):
            yield from _allow(allow, ("oidc", index, "allow", number))
    for name, channel in file.channels.items():
        yield from _channel(channel, ("channels", name))


def needs_tls(listen: str) -> bool:
    """Whether tokens would cross a network in the clear."""
    return not is_loopback(listen)


def _listener(file: ControllerFile) -> Iterator[Breach]:
    if file.listen and file.tls is None and needs_tls(file.listen):
        hint = "name `tls: {cert: …, key: …}`, or listen on 127.0.0.1 behind a proxy that has it"
        yield Breach(("listen",), f"`{file.listen}` is reached from other machines: that needs TLS", hint)
    if file.tls and not file.listen:
        yield Breach(("tls",), "`tls` without `listen` serves nothing", "such as `listen: 0.0.0.0:8443`", on_key=True)


def _allow(allow: AllowSection, path: Path) -> Iterator[Breach]:
    named = [claim for claim in _ONLY if getattr(allow, claim) is not None]
    if len(named) != 1:
        hint = "the name of a repository can be taken over by somebody else, its number cannot"
        yield Breach(path, f"one of `{GITHUB_ID}` (GitHub) and `{GITLAB_ID}` (GitLab) is needed", hint)
        return
    (other,) = set(_ONLY) - set(named)
    for claim in _ONLY[other]:
        if getattr(allow, claim) is not None:
            yield Breach((*path, claim), f"tokens with a `{named[0]}` have no `{claim}`", "remove it", on_key=True)
    for claim in ("event_name", "pipeline_source", "ref"):
        value = getattr(allow, claim)
        if value is not None and is_proposal(claim, value):
            hint = "anybody can propose code: deploy it from the branch that it is merged into"
            yield Breach((*path, claim), "code that is only proposed is never let in", hint)


def _channel(channel: ChannelSection, path: Path) -> Iterator[Breach]:
    if (channel.apprise is None) == (channel.webhook is None):
        yield Breach(path, "a channel needs one of `apprise` and `webhook`", "such as `apprise: $SLACK_URL`")
    elif channel.webhook is not None and channel.secret is None:
        yield Breach(path, "`secret` is missing: receivers would believe anybody", "such as `secret: $HOOK_SECRET`")
    elif channel.apprise is not None and channel.secret is not None:
        yield Breach((*path, "secret"), "only a `webhook` has a secret of its own", "remove it", on_key=True)
