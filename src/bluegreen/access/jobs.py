"""Tokens of CI jobs: signed by an issuer that the file names, with a key that the issuer publishes."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from bluegreen.access.keys import IssuerKeys
from bluegreen.core.oidc import Job, Refusal, judge
from bluegreen.core.settings import Issuer

ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
"""What is believed. Not `none`, and nothing with a shared key: a public key would be one that everybody has."""
_LONGEST_ID = 200


class OidcJobs:
    """Checks signatures; what the claims allow is decided by `core.oidc`."""

    def __init__(
        self, issuers: Sequence[Issuer], *, clock: Callable[[], float], monotonic: Callable[[], float]
    ) -> None:
        self._issuers = {issuer.issuer: (issuer, IssuerKeys(issuer, monotonic)) for issuer in issuers}
        self._clock = clock

    async def look_at(self, token: str) -> Job | Refusal | None:
        """See `bluegreen.access.gate.Jobs`. Raises TemporaryError while an issuer's keys cannot be had."""
        header, said = _parsed(token)
        known = self._issuers.get(str(said.get("iss")))
        algorithm, id = header.get("alg"), header.get("kid")
        if known is None or algorithm not in ALGORITHMS or not isinstance(id, str) or len(id) > _LONGEST_ID:
            return None
        issuer, keys = known
        key = await keys.find(id)
        if key is None:
            return None
        try:
            claims = jwt.decode(token, key, algorithms=[algorithm]).claims
        except (JoseError, ValueError, TypeError):
            return None
        return judge(claims, issuer, self._clock())

    def warnings(self) -> list[str]:
        """What a person should know."""
        troubles = [(issuer.issuer, keys.trouble) for issuer, keys in self._issuers.values()]
        return [f"Jobs of {issuer} may not be let in: {trouble}" for issuer, trouble in troubles if trouble]


def _parsed(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims as they are written, to know whose signature to check; nothing of it is believed yet."""
    try:
        parts = [json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in token.split(".")[:2]]
    except (ValueError, binascii.Error, RecursionError):
        return {}, {}
    header, claims = parts if len(parts) == 2 else ({}, {})
    return (header, claims) if isinstance(header, dict) and isinstance(claims, dict) else ({}, {})
