"""Whether a CI job's token, whose signature is right, may do something here, and what.

Claims are those that GitHub and GitLab document for their ID tokens (OpenID Connect Core 1.0, section 2):
docs.github.com/actions/reference/openid-connect-reference and docs.gitlab.com/ci/secrets/id_token_authentication.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bluegreen.core.access import Principal
from bluegreen.core.settings import ClaimRule, Issuer

Claims = Mapping[str, Any]

LEEWAY = 30.0
"""Seconds by which clocks may differ."""
GITHUB_ID = "repository_id"
GITLAB_ID = "project_id"
USUAL = {
    "event_name": frozenset({"push", "workflow_dispatch", "schedule", "release"}),
    "pipeline_source": frozenset({"push", "web", "schedule", "api"}),
}
"""What may have started a job where the rule does not say: nothing that strangers can start."""
_PROPOSALS = {
    "event_name": frozenset({"pull_request", "pull_request_target", "pull_request_review", "merge_group"}),
    "pipeline_source": frozenset({"merge_request_event", "external_pull_request_event"}),
}
_PROPOSED_REFS = ("refs/pull/", "refs/merge-requests/", "refs/heads/gh-readonly-queue/", "gh-readonly-queue/")
_SOURCE = {GITHUB_ID: ("event_name", "github", "repository"), GITLAB_ID: ("pipeline_source", "gitlab", "project_path")}
"""By the claim that a rule has to name: what tells how a job began, and what its actor is called."""


@dataclass(frozen=True)
class Job:
    """A job that is let in, and until when (seconds since 1970)."""

    principal: Principal
    until: float


@dataclass(frozen=True)
class Refusal:
    """Why a token is refused. It names nothing but what the token itself says."""

    why: str


def judge(claims: Claims, issuer: Issuer, now: float) -> Job | Refusal:
    """What the bearer may do by the rules for its issuer. The signature was checked before."""
    refused = _void(claims, issuer, now) or _proposed(claims)
    if refused:
        return Refusal(refused)
    fitting = [rule for rule in issuer.rules if _fits(rule, claims)]
    if not fitting:
        return Refusal(f"No rule of controller.yaml allows this job: {_told(claims)}.")
    grants = tuple(dict.fromkeys(rule.grant for rule in fitting))
    credential = _text(claims.get("jti"))[:100]
    return Job(Principal(_actor(claims, fitting[0]), grants, "oidc", credential), float(claims["exp"]))


def is_proposal(claim: str, value: str) -> bool:
    """Whether a claim says that the code was only proposed: anybody can propose code."""
    if claim == "ref":
        return value.startswith(_PROPOSED_REFS)
    return value in _PROPOSALS.get(claim, ())


def _void(claims: Claims, issuer: Issuer, now: float) -> str:
    """Why a token is not for us, or not now; empty when it is."""
    audience = claims.get("aud")
    if claims.get("iss") != issuer.issuer:
        return "It is of another issuer."
    if issuer.audience not in (audience if isinstance(audience, list) else [audience]):
        return "It was made for another audience."
    expires, issued = _time(claims.get("exp")), _time(claims.get("iat"))
    if expires is None or issued is None:
        return "It does not say when it was made and when it ends."
    if now >= expires + LEEWAY:
        return "It has expired."
    begins = _time(claims["nbf"]) if "nbf" in claims else issued
    if begins is None or max(begins, issued) > now + LEEWAY:
        return "It is not valid yet."
    return ""


def _proposed(claims: Claims) -> str:
    for claim in ("event_name", "pipeline_source", "ref"):
        if is_proposal(claim, _text(claims.get(claim))):
            return f"Code that is only proposed is never let in ({claim} {_text(claims[claim])})."
    return ""


def _fits(rule: ClaimRule, claims: Claims) -> bool:
    ids = [claim for claim in _SOURCE if claim in rule.claims]
    if len(ids) != 1 or any(_text(claims.get(claim)) != wanted for claim, wanted in rule.claims.items()):
        return False
    how = _SOURCE[ids[0]][0]
    return _on_the_branch(rule, claims) and (how in rule.claims or _text(claims.get(how)) in USUAL[how])


def _on_the_branch(rule: ClaimRule, claims: Claims) -> bool:
    """GitLab's `ref` is a bare name, which a tag may have as well as a branch, and more people may push tags."""
    bare = GITLAB_ID in rule.claims and "ref" in rule.claims and "ref_type" not in rule.claims
    return not bare or _text(claims.get("ref_type")) == "branch"


def _actor(claims: Claims, rule: ClaimRule) -> str:
    """Such as ``github:acme/shop@main``."""
    id = GITHUB_ID if GITHUB_ID in rule.claims else GITLAB_ID
    _, kind, named = _SOURCE[id]
    ref = _text(claims.get("ref")).removeprefix("refs/heads/").removeprefix("refs/")
    where = _text(claims.get(named)) or f"{id} {_text(claims.get(id))}"
    return "".join(char if " " <= char <= "~" else "?" for char in f"{kind}:{where}@{ref or 'unknown'}")[:100]


def _told(claims: Claims) -> str:
    known = [*_SOURCE, "repository", "project_path", "ref", "event_name", "pipeline_source", "environment"]
    return ", ".join(f"{name} {_text(claims[name])[:100]}" for name in known if name in claims) or "it names no project"


def _text(value: object) -> str:
    """A claim as text; empty for what is none, which equals nothing that a rule can name."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (str, int)) else ""


def _time(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)
