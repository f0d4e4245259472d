"""The public keys of one issuer, fetched when they are needed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from joserfc import jwk
from joserfc.errors import JoseError

from bluegreen.access.fetch import fetch_json, may_be_asked
from bluegreen.core.errors import TemporaryError
from bluegreen.core.keyring import Fetches, believes, wants_keys
from bluegreen.core.settings import Issuer

log = structlog.get_logger()

_MOST = 100
_LEAST_RSA_BITS = 2048
_PUBLIC: Sequence[str] = ("kty", "n", "e", "crv", "x", "y", "kid", "alg")
Keys = Mapping[str, jwk.RSAKey | jwk.ECKey]


class IssuerKeys:
    """Keys by their ids. While the issuer is away, the ones that are known are believed, for a bounded time."""

    def __init__(self, issuer: Issuer, monotonic: Callable[[], float]) -> None:
        self._issuer = issuer
        self._monotonic = monotonic
        self._keys: Keys = {}
        self._fetches = Fetches()
        self._fetching = asyncio.Lock()
        self.trouble = ""
        """Why the last attempt to fetch them failed; empty when it did not."""

    async def find(self, id: str) -> jwk.RSAKey | jwk.ECKey | None:
        """The key with this id; None when the issuer has none. Raises TemporaryError when its keys cannot be had."""
        if wants_keys(self._fetches, id in self._keys, self._monotonic()):
            async with self._fetching:
                # Whoever waited here may find it done.
                if wants_keys(self._fetches, id in self._keys, self._monotonic()):
                    await self._fetch()
        if not believes(self._fetches, self._monotonic()):
            cure = "Try again in a minute; the unix socket and tokens work meanwhile."
            raise TemporaryError(f"The keys of {self._issuer.issuer} cannot be had.", why=self.trouble, cure=cure)
        return self._keys.get(id)

    async def _fetch(self) -> None:
        now = self._monotonic()
        self._fetches = replace(self._fetches, tried=now)
        try:
            keys = _usable(await fetch_json(await self._address()))
            if not keys:
                raise TemporaryError("It has no key that can be used.")
        except TemporaryError as error:
            self.trouble = " ".join(part for part in (error.what, error.why) if part)
            log.warning("the keys of an issuer were not fetched", issuer=self._issuer.issuer, why=self.trouble)
            return
        self._keys, self._fetches, self.trouble = keys, Fetches(now, now), ""

    async def _address(self) -> str:
        if self._issuer.jwks is not None:
            return self._issuer.jwks
        issuer = self._issuer.issuer
        found = await fetch_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        address = found.get("jwks_uri")
        if found.get("issuer") != issuer or not isinstance(address, str) or not may_be_asked(address, issuer):
            raise TemporaryError(f"The discovery document of {issuer} does not fit it.")
        return address


def _usable(document: Mapping[str, Any]) -> Keys:
    """The keys of a JWKS that sign with RSA or on a curve; what else it has is nothing to us."""
    found: dict[str, jwk.RSAKey | jwk.ECKey] = {}
    listed = document.get("keys")
    for one in listed[:_MOST] if isinstance(listed, list) else []:
        key = _key(one) if isinstance(one, dict) and one.get("use", "sig") == "sig" else None
        if key is not None:
            found[str(one["kid"])] = key
    return found


def _key(one: dict[str, Any]) -> jwk.RSAKey | jwk.ECKey | None:
    public: dict[str, Any] = {name: one[name] for name in _PUBLIC if name in one}
    if not isinstance(one.get("kid"), str):
        return None
    try:
        if one.get("kty") == "RSA":
            key = jwk.RSAKey.import_key(public)
            return key if key.raw_value.key_size >= _LEAST_RSA_BITS else None
        return jwk.ECKey.import_key(public) if one.get("kty") == "EC" else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None
