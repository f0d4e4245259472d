"""What a person may ask about the revisions of models: to unload one, which is refused while something needs it."""

from __future__ import annotations

from bluegreen.core.commands import Outcome
from bluegreen.core.errors import NotFound, Refused
from bluegreen.core.model import AppState
from bluegreen.core.model_needs import needs


def unload(state: AppState, name: str) -> Outcome:
    """Unload a revision, by its name in the shared component. What nothing needs is unloaded by itself.

    Raises:
        NotFound: no revision has that name.
        Refused: an environment or a deployment needs it, and which.
    """
    runs = [run for run in state.shared.values() if any(r.model.served_name == name for r in run.models.values())]
    if not runs:
        known = sorted({r.model.served_name for run in state.shared.values() for r in run.models.values()})
        raise NotFound(
            f"No shared component of {state.app} serves `{name}`.",
            why=f"Served are: {', '.join(known) or 'none'}.",
            cure="`bluegreen models` lists them.",
        )
    for run in runs:
        for digest, revision in run.models.items():
            need = needs(state, run.component).get(digest)
            if revision.model.served_name == name and need is not None:
                raise Refused(
                    f"{name} stays in {run.component}: {' and '.join(need.by)} needs it.",
                    why="Without it a rollback would not be instant, or users would get errors.",
                    cure="It is unloaded by itself as soon as no environment and no deployment needs it.",
                )
    return Outcome(notice=f"Nothing needs {name}: it is being unloaded already.")
