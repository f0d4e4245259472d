"""Which models are different between two releases, in words that a person decides by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bluegreen.core.model import Release
from bluegreen.core.model_specs import ModelFile


@dataclass(frozen=True)
class ModelChange:
    """One model that is different. ``before`` and ``after``: the revision's name, or the file; None: it is not there.

    They are the same where only the content differs.
    """

    model: str
    before: str | None = None
    after: str | None = None

    def __str__(self) -> str:
        if self.before is None or self.after is None:
            return f"{self.model} {'added' if self.before is None else 'removed'} ({self.after or self.before})"
        if self.before == self.after:
            return f"{self.model}: {self.after} with other content"
        return f"{self.model}: {self.before} → {self.after}"


def model_changes(before: Release, after: Release) -> tuple[ModelChange, ...]:
    """Every model that differs, by name."""
    old, new = _models(before), _models(after)
    names = sorted(name for name in {**old, **new} if old.get(name) != new.get(name))
    return tuple(ModelChange(name, _called(old.get(name)), _called(new.get(name))) for name in names)


def _called(model: tuple[str, str] | None) -> str | None:
    return model[0] if model else None


def _models(release: Release) -> Mapping[str, tuple[str, str]]:
    """What each is called in the release, and its digest."""
    called = {m.name: m.path if isinstance(m, ModelFile) else m.served_name for m in release.spec.models}
    return {name: (shown, release.models.get(name, "")) for name, shown in called.items()}
