"""CI jobs with the tokens of an issuer, as an attacker would make them up."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwk

from bluegreen.core.keyring import AGAIN, BELIEVED, FRESH
from bluegreen.core.settings import Settings
from tests.access.issuer import SmallIssuer, small_issuer
from tests.api.steered import Steered, steered


@pytest.fixture
def issuer() -> Iterator[SmallIssuer]:
    with small_issuer() as found:
        yield found


async def status(served: Steered, token: str) -> int:
    return (await served.ask("GET", "/v1/me", token)).status_code


def forged(issuer: SmallIssuer, header: dict[str, Any], signature: bytes = b"", **claims: Any) -> str:
    parts = [json.dumps(header).encode(), json.dumps(issuer.claims(**claims)).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def shared(issuer: SmallIssuer) -> str:
    signed = forged(issuer, {"alg": "HS256", "kid": "one"}).rstrip(".")
    mac = hmac.digest(issuer.keys["one"].as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def test_a_job_deploys_what_it_may_and_nothing_else(issuer: SmallIssuer, tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        token = issuer.token()
        me = (await served.ask("GET", "/v1/me", token)).json()
        assert (me["name"], me["via"]) == ("github:acme/shop@main", "oidc")
        assert me["grants"] == [{"role": "deployer", "app": "shop"}]
        assert (await served.ask("PUT", "/v1/apps/shop/lock", token, json={"why": "x"})).status_code == 200
        assert served.controller.state.lock.actor == "github:acme/shop@main"
        assert (await served.ask("POST", "/v1/tokens", token, json={})).status_code == 403
        assert (await served.ask("GET", "/v1/apps/blog", token)).status_code == 403
        assert (await served.ask("POST", "/v1/session/links", token)).status_code == 409
        assert (await served.tcp.post("/v1/session", json={"token": token[:200]})).status_code == 401
        lines = await served.trail(who="github:acme/shop@main", outcome="accepted")
        assert [(line["via"], line["credential"]) for line in lines] == [("oidc", "job-7")]

    steered(tmp_path, look, issuer.settings())


Forge = Callable[[SmallIssuer], str]


@pytest.mark.parametrize(
    "forge",
    [
        lambda issuer: forged(issuer, {"alg": "none", "kid": "one"}),
        lambda issuer: forged(issuer, {"alg": "None", "kid": "one"}),
        lambda issuer: forged(issuer, {"alg": "RS256", "kid": "one"}),
        lambda issuer: forged(issuer, {"alg": "RS256", "kid": "one"}, b"x" * 256),
        lambda issuer: forged(issuer, {"alg": ["RS256"], "kid": "one"}),
        lambda issuer: forged(issuer, {"alg": "RS256", "kid": ["one"]}),
        lambda issuer: forged(issuer, {"kid": "one"}),
        # signed, with the public key as if it were a shared secret
        lambda issuer: shared(issuer),
        # signed with a key of one's own, that the header brings along or names
        lambda issuer: issuer.token(key=jwk.RSAKey.generate_key(2048, {"kid": "one"})),
        lambda issuer: issuer.token(kid="two", key=jwk.RSAKey.generate_key(2048, {"kid": "two"})),
        lambda issuer: issuer.token(kid=None),
        lambda issuer: issuer.token(alg="PS256"),
        # of others
        lambda issuer: issuer.token(iss="https://token.actions.githubusercontent.com"),
        lambda issuer: issuer.token(iss=issuer.url + "/"),
        lambda issuer: issuer.token(iss=None),
        # cut and changed
        lambda issuer: issuer.token()[:-10],
        lambda issuer: ".".join([*issuer.token().split(".")[:2], ""]),
        lambda issuer: issuer.token() + ".x",
        lambda issuer: ".".join(
            [
                issuer.token().split(".")[0],
                forged(issuer, {}, repository_id="999").split(".")[1],
                issuer.token().split(".")[2],
            ]
        ),
        lambda issuer: "..",
        lambda issuer: "a.b.c",
        lambda issuer: "[" * 5000 + ".x.y",
    ],
)
def test_what_no_issuer_signed_is_a_failed_login(issuer: SmallIssuer, tmp_path: Path, forge: Forge) -> None:
    async def look(served: Steered) -> None:
        answer = await served.ask("GET", "/v1/me", forge(issuer))
        assert answer.status_code == 401
        assert answer.json()["what"] == "This is no valid credential."
        assert (await served.trail())[0]["who"] is None

    steered(tmp_path, look, issuer.settings())


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "elsewhere"},
        {"aud": None},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"nbf": 9_000_000_000},
        {"event_name": "pull_request"},
        {"event_name": "pull_request_target"},
        {"ref": "refs/pull/1/merge"},
        {"ref": "refs/heads/other"},
        {"repository_id": "999"},
        {"repository_id": None},
    ],
)
def test_what_the_rules_do_not_allow_is_refused_with_the_reason(
    issuer: SmallIssuer, tmp_path: Path, claims: dict[str, Any]
) -> None:
    async def look(served: Steered) -> None:
        answer = await served.ask("GET", "/v1/me", issuer.token(**claims))
        assert answer.status_code == 401
        assert answer.json()["why"]
        assert "123456" not in answer.json()["why"] or "repository_id" not in claims
        # Its issuer vouches for it: it is not guessing, and does not lock out others behind the same address.
        for _ in range(15):
            assert await status(served, issuer.token(**claims)) == 401

    steered(tmp_path, look, issuer.settings())


@pytest.mark.parametrize("alg", ["RS256", "RS384", "RS512"])
def test_other_digests(issuer: SmallIssuer, tmp_path: Path, alg: str) -> None:
    async def look(served: Steered) -> None:
        assert await status(served, issuer.token(alg=alg)) == 200

    steered(tmp_path, look, issuer.settings())


def test_keys_on_curves(issuer: SmallIssuer, tmp_path: Path) -> None:
    issuer.keys["curve"] = jwk.ECKey.generate_key("P-256", {"kid": "curve"})

    async def look(served: Steered) -> None:
        assert await status(served, issuer.token(kid="curve", alg="ES256")) == 200

    steered(tmp_path, look, issuer.settings())


def test_weak_and_other_keys_are_not_believed(issuer: SmallIssuer, tmp_path: Path) -> None:
    issuer.keys["weak"] = jwk.RSAKey.generate_key(1024, {"kid": "weak"})
    issuer.keys["sealing"] = jwk.RSAKey.generate_key(2048, {"kid": "sealing", "use": "enc"})
    issuer.keys["shared"] = jwk.OctKey.generate_key(256, {"kid": "shared"})

    async def look(served: Steered) -> None:
        sealing = issuer.keys["sealing"].as_dict(private=True)
        del sealing["use"]
        signing = {"sealing": jwk.RSAKey.import_key(sealing)}
        for kid, alg in (("weak", "RS256"), ("sealing", "RS256"), ("shared", "HS256")):
            assert await status(served, issuer.token(kid=kid, alg=alg, key=signing.get(kid))) == 401
        assert await status(served, issuer.token()) == 200

    steered(tmp_path, look, issuer.settings())


def test_keys_are_asked_for_seldom_and_new_ones_are_found(issuer: SmallIssuer, tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        for _ in range(5):
            assert await status(served, issuer.token()) == 200
        for number in range(5):
            await status(served, issuer.token(kid=f"made up {number}", key=issuer.keys["one"]))
        assert issuer.asked.count("/jwks") == 1
        issuer.keys["two"] = jwk.RSAKey.generate_key(2048, {"kid": "two"})
        assert await status(served, issuer.token(kid="two")) == 401
        served.clock.ahead = AGAIN + 1
        assert await status(served, issuer.token(kid="two")) == 200
        assert issuer.asked.count("/jwks") == 2
        del issuer.keys["two"]
        lost = jwk.RSAKey.generate_key(2048, {"kid": "one"})
        issuer.keys["one"] = lost
        served.clock.ahead += FRESH + 1
        fresh = {"exp": int(served.clock()) + 300, "iat": int(served.clock()), "nbf": int(served.clock())}
        assert await status(served, issuer.token(**fresh)) == 200
        assert issuer.asked.count("/jwks") == 3

    steered(tmp_path, look, issuer.settings())


def test_an_issuer_that_is_away_is_believed_for_a_bounded_time(issuer: SmallIssuer, tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        def token() -> str:
            now = int(served.clock())
            return issuer.token(exp=now + 300, iat=now, nbf=now)

        assert await status(served, token()) == 200
        issuer.answer = (500, b"")
        served.clock.ahead = FRESH + 1
        assert await status(served, token()) == 200
        assert any(issuer.url in warning for warning in served.access.warnings())
        served.clock.ahead = BELIEVED + 1
        answer = await served.ask("GET", "/v1/me", token())
        assert (answer.status_code, "cannot be had" in answer.json()["what"]) == (503, True)
        issuer.answer = None
        served.clock.ahead += AGAIN + 1
        assert await status(served, token()) == 200
        assert served.access.warnings() == []

    steered(tmp_path, look, issuer.settings())


@pytest.mark.parametrize(
    "answer",
    [
        (404, b"{}"),
        (200, b"no json"),
        (200, b"[]"),
        (200, b"[" * 100_000),
        (200, b"{" + b" " * 400_000 + b"}"),
        (200, b'{"keys": "none"}'),
        (200, b'{"keys": [1, {}, {"kty": "RSA", "kid": "one", "n": "?", "e": "AQAB"}]}'),
        (302, b"http://127.0.0.1:1/"),
    ],
)
def test_what_an_issuer_answers_is_not_trusted(issuer: SmallIssuer, tmp_path: Path, answer: tuple[int, bytes]) -> None:
    async def look(served: Steered) -> None:
        issuer.answer = answer
        assert await status(served, issuer.token()) == 503
        assert (await served.owner.get("/v1/me")).status_code == 200

    steered(tmp_path, look, issuer.settings(jwks=f"{issuer.url}/jwks"))


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://other.example"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "http://192.0.2.1/jwks"},
        {"jwks_uri": None},
        {"jwks_uri": ["x"]},
    ],
)
def test_a_discovery_document_that_does_not_fit(issuer: SmallIssuer, tmp_path: Path, document: dict[str, Any]) -> None:
    issuer.document |= document

    async def look(served: Steered) -> None:
        assert await status(served, issuer.token()) == 503
        assert "/jwks" not in issuer.asked

    steered(tmp_path, look, issuer.settings())


def test_what_a_job_follows_ends_with_its_token(issuer: SmallIssuer, tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        token = issuer.token()
        login = await served.access.gate.let_in(token, "127.0.0.1")
        assert served.access.gate.holds(login)
        served.clock.ahead = 301
        assert not served.access.gate.holds(login)

    steered(tmp_path, look, issuer.settings())


def test_without_issuers_no_such_token_is_looked_at(issuer: SmallIssuer, tmp_path: Path) -> None:
    async def look(served: Steered) -> None:
        assert await status(served, issuer.token()) == 401
        assert issuer.asked == []

    steered(tmp_path, look, Settings())


def test_no_token_of_a_job_is_kept_anywhere(issuer: SmallIssuer, tmp_path: Path) -> None:
    tokens: list[str] = []

    async def look(served: Steered) -> None:
        tokens.extend([issuer.token(), issuer.token(aud="elsewhere")])
        for token in tokens:
            await served.ask("PUT", "/v1/apps/shop/lock", token, json={"why": "x"})
        await served.trail()

    steered(tmp_path, look, issuer.settings())
    for file in (file for file in tmp_path.rglob("*") if file.is_file()):
        assert not [token for token in tokens if token.split(".")[2].encode() in file.read_bytes()], file
