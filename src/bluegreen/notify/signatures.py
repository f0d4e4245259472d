"""Signatures of Standard Webhooks: HMAC-SHA256 over the id, the time and the body (standardwebhooks.com, v1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"


def keys_of(secret: str) -> Sequence[bytes]:
    """The keys of a channel's secret: one, or while it is being exchanged several, with spaces between them.

    Raises ValueError when one of them is not ``whsec_`` and base64.
    """
    found = secret.split()
    if not found or not all(one.startswith(PREFIX) for one in found):
        raise ValueError(f"a secret begins with {PREFIX}")
    return [base64.b64decode(one.removeprefix(PREFIX), validate=True) for one in found]


def signatures(keys: Sequence[bytes], id: str, timestamp: int, body: bytes) -> str:
    """The header ``webhook-signature``: one signature for each key, so that a receiver may know any of them."""
    content = f"{id}.{timestamp}.".encode() + body
    signed = [base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode() for key in keys]
    return " ".join(f"v1,{one}" for one in signed)
