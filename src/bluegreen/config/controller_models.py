"""The shape of ``controller.yaml``: keys, types, descriptions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from bluegreen.config import fields as f
from bluegreen.config import urls
from bluegreen.config.models import TlsSection
from bluegreen.config.problems import Wrong
from bluegreen.config.section import Section


def _claim(value: Any) -> Any:
    """Ids are numbers and flags are truth values to YAML; in a token they are text."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value


def _filled(value: str) -> str:
    if not value.strip() or len(value) > 500:
        raise Wrong("must be text of 1 to 500 characters")
    return value


_SCALAR = {"type": ["string", "integer", "boolean"]}
Filled = Annotated[str, AfterValidator(_filled)]
Claim = Annotated[str, BeforeValidator(_claim), AfterValidator(_filled), WithJsonSchema(_SCALAR)]
IssuerUrl = Annotated[str, AfterValidator(urls.issuer_url)]
BaseUrl = Annotated[str, AfterValidator(urls.base_url)]


class AllowSection(Section):
    """Which jobs may do what: every claim that is named here has to be in the token just so."""

    repository_id: Claim | None = Field(
        default=None, description="GitHub: the number of the repository.", examples=["123456"]
    )
    repository: Claim | None = Field(default=None, description="GitHub: its name now.", examples=["acme/shop"])
    event_name: Claim | None = Field(
        default=None,
        description="GitHub: what started the job; without it `push`, `workflow_dispatch`, `schedule` and `release`.",
        examples=["push"],
    )
    project_id: Claim | None = Field(default=None, description="GitLab: the number of the project.", examples=["42"])
    project_path: Claim | None = Field(default=None, description="GitLab: its path now.", examples=["acme/shop"])
    pipeline_source: Claim | None = Field(
        default=None,
        description="GitLab: what started the job; without it `push`, `web`, `schedule` and `api`.",
        examples=["push"],
    )
    ref: Claim | None = Field(
        default=None,
        description="The branch or tag: `refs/heads/main` at GitHub, `main` at GitLab.",
        examples=["refs/heads/main"],
    )
    ref_type: Literal["branch", "tag"] | None = Field(
        default=None, description="What `ref` is; without it, a `ref` at GitLab is a branch."
    )
    ref_protected: Claim | None = Field(
        default=None, description="Whether the branch or tag is a protected one.", examples=[True]
    )
    environment: Claim | None = Field(
        default=None, description="The environment that the job is for.", examples=["production"]
    )
    role: Literal["viewer", "deployer"] = Field(description="What such a job may do.", examples=["deployer"])
    app: f.Name = Field(description="The application that it may do it with; `all`: every one.", examples=["shop"])


class IssuerSection(Section):
    """CI jobs that come with a signed token instead of a secret."""

    issuer: IssuerUrl = Field(
        description="Who signs the tokens.", examples=["https://token.actions.githubusercontent.com"]
    )
    audience: Filled = Field(
        description="What the tokens have to be made for: a name that no other controller has.",
        examples=["bluegreen-prod"],
    )
    jwks: IssuerUrl | None = Field(
        default=None, description="Where the issuer's keys are, when it has no discovery document."
    )
    allow: list[AllowSection] = Field(min_length=1, description="Which jobs may do what; one that fits is enough.")


class ChannelSection(Section):
    """Where messages go: one of `apprise` and `webhook`. `$NAME` is a variable of the controller's environment."""

    apprise: Filled | None = Field(default=None, description="An address that Apprise knows.", examples=["$SLACK_URL"])
    webhook: Filled | None = Field(
        default=None, description="Where signed events are posted.", examples=["https://hooks.example.com/bluegreen"]
    )
    secret: Filled | None = Field(
        default=None, description="The webhook's key: `whsec_` and 24 to 64 bytes in base64.", examples=["$HOOK_SECRET"]
    )


class ControllerFile(Section):
    """How one controller is reached, whom it trusts, and where it sends messages."""

    listen: f.Address | None = Field(
        default=None,
        description="Serve the dashboard and the API here too; beyond this machine only with `tls`.",
        examples=["0.0.0.0:8443"],
    )
    tls: TlsSection | None = Field(
        default=None,
        description="Certificate and key of `listen`, taken up again when they are renewed.",
        examples=[{"cert": "tls.crt", "key": "tls.key"}],
    )
    url: BaseUrl | None = Field(
        default=None,
        description="How people reach it: for links in messages.",
        examples=["https://deploy.example.com:8443"],
    )
    oidc: list[IssuerSection] = Field(default=[], description="Whose CI jobs may do something here.")
    channels: dict[f.Name, ChannelSection] = Field(
        default_factory=dict,
        description="Where messages go, by name.",
        examples=[{"ops": {"apprise": "$SLACK_URL"}}],
    )
