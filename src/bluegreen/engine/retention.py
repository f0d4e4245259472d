"""Which old releases may be deleted: never one in use, and never one that a rollback may need."""

from __future__ import annotations

from bluegreen.core.model import AppState, Release, Result


def removable(state: AppState) -> list[Release]:
    """Releases beyond the ``keep_releases`` newest of the live release's file that nothing needs, oldest first."""
    live = state.live_release
    if live is None or state.deployment is not None:
        return []
    needed = {env.release for env in state.environments.values()} | {run.release for run in state.shared.values()}
    completed = [r.number for r in state.releases.values() if r.status is Result.COMPLETED and r.number != live.number]
    needed |= {max(completed, default=live.number)}
    newest = sorted(state.releases)[-live.spec.keep_releases :]
    return [state.releases[n] for n in sorted(state.releases) if n not in needed and n not in newest]
