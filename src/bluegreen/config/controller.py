"""Reading ``controller.yaml``: from a home folder, with what the command line says besides."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from bluegreen.config.addresses import address
from bluegreen.config.channels import channels
from bluegreen.config.complaints import shape_problems
from bluegreen.config.controller_models import AllowSection, ControllerFile
from bluegreen.config.controller_rules import breaches, needs_tls
from bluegreen.config.document import Document, dotted
from bluegreen.config.problems import ConfigError, Problem, Wrong
from bluegreen.config.reader import read
from bluegreen.config.textfile import read_text
from bluegreen.core.access import Grant, Role
from bluegreen.core.errors import InvalidInput
from bluegreen.core.settings import ClaimRule, Issuer, Settings
from bluegreen.core.spec import Tls

CONTROLLER_FILE = "controller.yaml"
EVERY_APP = "all"
_OF_A_RULE = ("role", "app")
"""Keys of `allow` that are no claims."""


@dataclass(frozen=True)
class LoadedSettings:
    """A controller's settings, and what a person should know about them."""

    settings: Settings
    warnings: tuple[str, ...] = ()


def load_settings(home: Path, environ: Mapping[str, str]) -> LoadedSettings:
    """The settings of a home; without a file, everything is as it is by itself.

    Raises:
        ConfigError: the file is wrong: all problems at once, each with line, column and a hint, and never with the
            text of a secret.
    """
    path = home / CONTROLLER_FILE
    if not path.exists() and not path.is_symlink():
        return LoadedSettings(Settings())
    text = read_text(path, "the controller's own file")
    settings = parse_settings(text, home=home, environ=environ, name=str(path))
    return LoadedSettings(settings, (*_open_file(path, settings), *_loose_rules(settings)))


def parse_settings(text: str, *, home: Path, environ: Mapping[str, str], name: str = CONTROLLER_FILE) -> Settings:
    """What the text means; relative paths are relative to ``home``. Raises ConfigError."""
    try:
        document = read(text, name)
    except ConfigError as error:  # its text may be a secret: it is not shown
        raise ConfigError(error.problems, name=name) from None
    if document.data is None and not document.problems:
        return Settings()
    if not isinstance(document.data, dict):
        problem = Problem(1, 1, "", "the file must be a mapping", "such as `listen: 0.0.0.0:8443`")
        raise ConfigError([problem], name=name)
    problems = document.problems + [
        document.problem(path, f"`{dotted(path)}` has no value", "give it one, or remove the line", on_key=True)
        for path in document.empty
    ]
    try:
        file = ControllerFile.model_validate(document.data)
    except ValidationError as error:
        places = {(problem.line, problem.column) for problem in problems}
        problems += [p for p in shape_problems(error, document, ControllerFile) if (p.line, p.column) not in places]
        raise _error(problems, document) from None
    if not problems:
        problems = [document.problem(b.path, b.message, b.hint, on_key=b.on_key) for b in breaches(file)]
    found, wrong = channels(file.channels, environ) if not problems else ({}, [])
    problems += [document.problem(path, said.message, said.hint) for path, said in wrong]
    if problems:
        raise _error(problems, document)
    return Settings(
        listen=file.listen,
        tls=Tls(str(home.absolute() / file.tls.cert), str(home.absolute() / file.tls.key)) if file.tls else None,
        url=file.url,
        oidc=tuple(Issuer(i.issuer, i.audience, tuple(map(_rule, i.allow)), i.jwks) for i in file.oidc),
        channels=found,
    )


def with_listener(settings: Settings, listen: str | None, cert: Path | None, key: Path | None) -> Settings:
    """The settings with what was given on the command line. Raises InvalidInput."""
    if (cert is None) != (key is None):
        raise InvalidInput("A certificate needs its key.", cure="Give both --tls-cert and --tls-key.")
    try:
        place = address(listen) if listen is not None else settings.listen
    except Wrong as wrong:
        raise InvalidInput(f"--listen: {wrong.message}.", cure=wrong.hint) from None
    tls = Tls(str(cert.absolute()), str(key.absolute())) if cert and key else settings.tls
    if place is not None and tls is None and needs_tls(place):
        raise InvalidInput(
            f"{place} is reached from other machines: that needs TLS.",
            why="Tokens would cross the network in the clear.",
            cure="Give --tls-cert and --tls-key, or listen on 127.0.0.1 behind a proxy that has TLS.",
        )
    if tls is not None and place is None:
        raise InvalidInput("A certificate without an address serves nothing.", cure="Give --listen too.")
    return replace(settings, listen=place, tls=tls)


def _rule(allow: AllowSection) -> ClaimRule:
    claims = {key: str(value) for key, value in allow.model_dump(exclude_none=True).items() if key not in _OF_A_RULE}
    return ClaimRule(claims, Grant(Role(allow.role), None if allow.app == EVERY_APP else allow.app))


def _error(problems: list[Problem], document: Document) -> ConfigError:
    """Without the lines of channels: they hold secrets."""
    hidden = {problem.line for problem in problems if problem.path.startswith("channels")}
    kept = ["" if number in hidden else line for number, line in enumerate(document.text.splitlines(), 1)]
    return ConfigError(problems, name=document.name, text="\n".join(kept))


def _open_file(path: Path, settings: Settings) -> Iterator[str]:
    for file in (path, *([Path(settings.tls.key)] if settings.tls else [])):
        if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
            yield f"{file}: other users of this machine can read it: chmod 600 {file}"


def _loose_rules(settings: Settings) -> Iterator[str]:
    for issuer in settings.oidc:
        for rule in issuer.rules:
            if not {"ref", "ref_type", "ref_protected", "environment"} & set(rule.claims):
                yield f"oidc: a rule for {issuer.issuer} names no `ref`: jobs of every branch may {rule.grant}"
