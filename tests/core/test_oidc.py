"""Which signed tokens of CI jobs are let in, claim by claim."""

from __future__ import annotations

from typing import Any

import pytest

from bluegreen.core.access import Grant, Role
from bluegreen.core.oidc import LEEWAY, Job, Refusal, judge
from bluegreen.core.settings import ClaimRule, Issuer

NOW = 1_000_000.0
GITHUB = "https://token.actions.githubusercontent.com"
ON_SHOP = Grant(Role.DEPLOYER, "shop")
RULE = ClaimRule({"repository_id": "123456", "ref": "refs/heads/main", "event_name": "push"}, ON_SHOP)
CLAIMS: dict[str, Any] = {
    "iss": GITHUB,
    "aud": "bluegreen-prod",
    "iat": NOW - 10,
    "nbf": NOW - 10,
    "exp": NOW + 300,
    "jti": "7f3c",
    "repository_id": "123456",
    "repository": "acme/shop",
    "ref": "refs/heads/main",
    "ref_type": "branch",
    "event_name": "push",
    "environment": "production",
}


def look(rule: ClaimRule = RULE, **claims: Any) -> Job | Refusal:
    said = {name: value for name, value in (CLAIMS | claims).items() if value is not None}
    return judge(said, Issuer(GITHUB, "bluegreen-prod", (rule,)), NOW)


def test_a_job_that_fits_gets_the_grant_under_its_own_name() -> None:
    job = look()
    assert isinstance(job, Job)
    assert job.principal.name == "github:acme/shop@main"
    assert job.principal.grants == (ON_SHOP,)
    assert (job.principal.via, job.principal.credential, job.until) == ("oidc", "7f3c", NOW + 300)


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": "https://evil.example"}, "another issuer"),
        ({"iss": GITHUB + "/"}, "another issuer"),
        ({"aud": "bluegreen-staging"}, "another audience"),
        ({"aud": ["a", "b"]}, "another audience"),
        ({"aud": None}, "another audience"),
        ({"aud": {"bluegreen-prod": 1}}, "another audience"),
        ({"exp": NOW - LEEWAY}, "expired"),
        ({"exp": None}, "does not say when"),
        ({"exp": "never"}, "does not say when"),
        ({"exp": float("inf")}, "does not say when"),
        ({"exp": True}, "does not say when"),
        ({"iat": None}, "does not say when"),
        ({"iat": NOW + LEEWAY + 1}, "not valid yet"),
        ({"nbf": NOW + LEEWAY + 1}, "not valid yet"),
        ({"nbf": "x"}, "not valid yet"),
        ({"repository_id": "654321"}, "No rule"),
        ({"repository_id": None}, "No rule"),
        ({"repository_id": True}, "No rule"),
        ({"repository_id": ["123456"]}, "No rule"),
        ({"ref": "refs/heads/maintenance"}, "No rule"),
        ({"ref": "refs/tags/main"}, "No rule"),
        ({"event_name": "workflow_dispatch"}, "No rule"),
        ({"event_name": "pull_request"}, "only proposed"),
        ({"event_name": "pull_request_target"}, "only proposed"),
        ({"event_name": "merge_group"}, "only proposed"),
        ({"ref": "refs/pull/7/merge"}, "only proposed"),
        ({"ref": "refs/heads/gh-readonly-queue/main/pr-7"}, "only proposed"),
        ({"pipeline_source": "merge_request_event"}, "only proposed"),
    ],
)
def test_what_does_not_fit_is_refused(claims: dict[str, Any], why: str) -> None:
    refused = look(**claims)
    assert isinstance(refused, Refusal)
    assert why in refused.why


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": ["x", "bluegreen-prod"]},
        {"exp": NOW - LEEWAY + 1},
        {"nbf": None},
        {"nbf": NOW + LEEWAY},
        {"repository_id": 123456},
        {"repository": "acme/renamed"},
    ],
)
def test_clocks_may_differ_a_little_and_names_may_change(claims: dict[str, Any]) -> None:
    assert isinstance(look(**claims), Job)


@pytest.mark.parametrize(
    ("event", "fits"),
    [
        ("push", True),
        ("workflow_dispatch", True),
        ("schedule", True),
        ("release", True),
        ("issue_comment", False),
        ("workflow_run", False),
        ("pull_request_target", False),
        ("", False),
    ],
)
def test_without_an_event_in_the_rule_nothing_counts_that_strangers_can_start(event: str, fits: bool) -> None:
    rule = ClaimRule({"repository_id": "123456"}, ON_SHOP)
    assert isinstance(look(rule, event_name=event), Job) == fits


def test_a_rule_may_name_an_event_of_its_own_but_no_proposal() -> None:
    named = ClaimRule({"repository_id": "123456", "event_name": "repository_dispatch"}, ON_SHOP)
    assert isinstance(look(named, event_name="repository_dispatch"), Job)
    proposal = ClaimRule({"repository_id": "123456", "event_name": "pull_request"}, ON_SHOP)
    assert isinstance(look(proposal, event_name="pull_request"), Refusal)


def test_a_rule_without_the_number_of_a_repository_fits_nobody() -> None:
    assert isinstance(look(ClaimRule({"repository": "acme/shop"}, ON_SHOP)), Refusal)


def test_gitlab() -> None:
    rule = ClaimRule({"project_id": "42", "ref": "main", "ref_type": "branch", "ref_protected": "true"}, ON_SHOP)
    issuer = Issuer("https://gitlab.com", "bluegreen-prod", (rule,))
    times = {"aud": "bluegreen-prod", "iat": NOW, "exp": NOW + 60, "iss": "https://gitlab.com"}
    claims = {"project_id": "42", "project_path": "acme/shop", "ref": "main", "ref_type": "branch"}
    whole = {**times, **claims, "ref_protected": "true", "pipeline_source": "push"}
    job = judge(whole, issuer, NOW)
    assert isinstance(job, Job)
    assert job.principal.name == "gitlab:acme/shop@main"
    for changed in (
        {"ref_protected": "false"},
        {"ref_type": "tag"},
        {"pipeline_source": "merge_request_event"},
        {"pipeline_source": "external_pull_request_event"},
        {"pipeline_source": "chat"},
        {"project_id": "43"},
    ):
        assert isinstance(judge({**whole, **changed}, issuer, NOW), Refusal), changed


def test_a_tag_is_no_branch_of_the_same_name() -> None:
    """Whoever may push to GitLab may push a tag `main`; to the protected branch only few may."""
    times = {"aud": "bluegreen-prod", "iat": NOW, "exp": NOW + 60, "iss": "https://gitlab.com"}
    claims = {**times, "project_id": "42", "ref": "main", "pipeline_source": "push"}

    def looked(named: dict[str, str], ref_type: str | None) -> Job | Refusal:
        rule = ClaimRule({"project_id": "42", **named}, ON_SHOP)
        return judge({**claims, "ref_type": ref_type}, Issuer("https://gitlab.com", "bluegreen-prod", (rule,)), NOW)

    assert isinstance(looked({"ref": "main"}, "branch"), Job)
    assert isinstance(looked({"ref": "main"}, "tag"), Refusal)
    assert isinstance(looked({"ref": "main"}, None), Refusal)
    assert isinstance(looked({"ref": "main", "ref_type": "tag"}, "tag"), Job)
    assert isinstance(looked({}, "tag"), Job)


def test_every_rule_that_fits_counts() -> None:
    viewer = Grant(Role.VIEWER)
    issuer = Issuer(GITHUB, "bluegreen-prod", (RULE, ClaimRule({"repository_id": "123456"}, viewer), RULE))
    job = judge(CLAIMS, issuer, NOW)
    assert isinstance(job, Job)
    assert job.principal.grants == (ON_SHOP, viewer)


def test_names_are_bounded_and_plain() -> None:
    job = look(repository="acme/\x1b[31m" + "x" * 500)
    assert isinstance(job, Job)
    assert len(job.principal.name) <= 100
    assert job.principal.name.isprintable()
