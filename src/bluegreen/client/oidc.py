"""Tokens that a CI gives its jobs: no secret has to be kept for a controller.

GitHub Actions gives one on request (``permissions: id-token: write``), GitLab as a variable (``id_tokens:``).
"""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from bluegreen.core.errors import InvalidInput, TemporaryError

GITLAB_VARIABLE = "BLUEGREEN_ID_TOKEN"
"""How a job of GitLab calls its token for bluegreen."""
_LEFT = 60.0
"""Seconds that a token has to be valid yet, to be used."""
_WITHIN = 15.0
_CURE = (
    "In GitHub Actions: `permissions: {id-token: write}`. In GitLab: "
    f"`id_tokens: {{{GITLAB_VARIABLE}: {{aud: AUDIENCE}}}}`. Elsewhere: $BLUEGREEN_TOKEN."
)


def ci_token(audience: str, environ: Mapping[str, str] = os.environ) -> Callable[[], str]:
    """What gives the job's token for this audience, a fresh one when the one before is about to expire.

    What it returns raises InvalidInput (this is no such job, or the token is for others) and TemporaryError.
    """
    held = ""

    def token() -> str:
        nonlocal held
        if not held or _claims(held).get("exp", 0) - time.time() < _LEFT:
            held = _fetch(audience, environ)
        return held

    return token


def _fetch(audience: str, environ: Mapping[str, str]) -> str:
    if "ACTIONS_ID_TOKEN_REQUEST_URL" in environ:
        return _of_github(audience, environ)
    token = environ.get(GITLAB_VARIABLE)
    if not token:
        raise InvalidInput("There is no OIDC token here.", why="This is no job of a CI that gives one.", cure=_CURE)
    meant = _claims(token).get("aud")
    if audience not in (meant if isinstance(meant, list) else [meant]):
        raise InvalidInput(
            f"${GITLAB_VARIABLE} is not for {audience}.", why=f"Its audience is {meant}.", cure=f"`aud: {audience}`"
        )
    return token


def _of_github(audience: str, environ: Mapping[str, str]) -> str:
    # urllib knows the proxies that runners may be behind.
    from urllib.parse import quote
    from urllib.request import Request, urlopen

    url = environ["ACTIONS_ID_TOKEN_REQUEST_URL"] + f"&audience={quote(audience, safe='')}"
    asked = Request(url, headers={"Authorization": f"Bearer {environ.get('ACTIONS_ID_TOKEN_REQUEST_TOKEN', '')}"})  # noqa: S310
    try:
        with urlopen(asked, timeout=_WITHIN) as answer:  # noqa: S310 - the address is the runner's own
            return str(json.load(answer)["value"])
    except (OSError, ValueError, KeyError) as error:
        raise TemporaryError(
            "GitHub gave no OIDC token.", why=f"{type(error).__name__}: {error}", cure=_CURE
        ) from error


def _claims(token: str) -> dict[str, Any]:
    """What a token says of itself, unchecked: the controller checks it."""
    try:
        middle = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
