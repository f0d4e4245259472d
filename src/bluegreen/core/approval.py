"""Whether a person has to agree before users are moved, and who may.

What the live release's file asks for holds as well as what the new one asks for: else whoever deploys could take the
rule out of the file and deploy without it.
"""

from __future__ import annotations

from bluegreen.core.model import AppState, Deployment, Kind
from bluegreen.core.spec import AppSpec


def needs_approval(state: AppState, d: Deployment) -> bool:
    """Whether a deployment waits for a person before users get anything of it. Going back never does: what is gone
    back to has had users before, and was agreed to then.
    """
    return d.what is not Kind.ROLLBACK and any(spec.approve == "by hand" for spec in _asking(state, d))


def needs_another_person(state: AppState, d: Deployment) -> bool:
    """Whether who deployed may not be the one who approves."""
    return any(spec.approve_by == "another person" for spec in _asking(state, d))


def _asking(state: AppState, d: Deployment) -> list[AppSpec]:
    numbers = [n for n in (d.release, d.previous) if n is not None]
    return [state.releases[n].spec for n in numbers if n in state.releases]
