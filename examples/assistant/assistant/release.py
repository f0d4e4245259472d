"""What an answer tells of where it comes from: code, flag, model and configuration of one release."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from assistant import CODE


@dataclass(frozen=True)
class Release:
    release: str
    color: str
    digest: str
    shop: str
    """A value of the configuration: whose customers are answered."""
    model: str
    """The revision that is asked for."""
    code: str = CODE

    @classmethod
    def of(cls, env: Mapping[str, str] = os.environ) -> Release:
        return cls(
            env.get("BLUEGREEN_RELEASE", "dev"),
            env.get("BLUEGREEN_COLOR", "none"),
            env.get("BLUEGREEN_DIGEST", "none"),
            env.get("ASSISTANT_SHOP", "the lamp shop"),
            env.get("CHAT_MODEL", "support-1"),
        )

    def named(self, prompt: str, model: str) -> dict[str, str]:
        """For an answer to the prompt of a flag's variant, by the revision that the model server says it was."""
        own = {"release": self.release, "color": self.color, "digest": self.digest, "code": self.code}
        return {**own, "prompt": prompt, "model": model, "shop": self.shop}
