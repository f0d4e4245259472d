"""What ``controller.yaml`` means: how a controller is reached, whom it trusts, and where it sends messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bluegreen.core.access import Grant
from bluegreen.core.spec import Tls


@dataclass(frozen=True)
class ClaimRule:
    """Which tokens of an issuer stand for which grant: every claim that is named has to be as it says."""

    claims: Mapping[str, str]
    grant: Grant


@dataclass(frozen=True)
class Issuer:
    """Somebody who vouches for CI jobs with signed tokens (OpenID Connect)."""

    issuer: str
    """Its URL, which is also the token's ``iss``."""
    audience: str
    """What a token has to be made for: a name of this controller alone."""
    rules: tuple[ClaimRule, ...]
    jwks: str | None = None
    """Where its keys are; None: its discovery document says so."""


@dataclass(frozen=True)
class AppriseChannel:
    """Messages through a service that Apprise knows."""

    name: str
    url: str = field(repr=False)
    """Such as ``slack://…``: it holds the secrets of that service."""


@dataclass(frozen=True)
class WebhookChannel:
    """Signed events to an address of one's own."""

    name: str
    url: str = field(repr=False)
    secret: str = field(repr=False)
    """The key of the signatures: ``whsec_`` and 24 to 64 bytes in base64."""


Channel = AppriseChannel | WebhookChannel


@dataclass(frozen=True)
class Settings:
    """One controller's file; without one, everything as here."""

    listen: str | None = None
    """``host:port`` beside loopback; None: nothing else is listened on."""
    tls: Tls | None = None
    """Absolute paths of the certificate and its key."""
    url: str | None = None
    """How people reach it, without a slash at its end: for links in messages."""
    oidc: tuple[Issuer, ...] = ()
    channels: Mapping[str, Channel] = field(default_factory=dict)
    """By name."""
