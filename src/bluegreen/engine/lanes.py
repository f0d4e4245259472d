"""Which actions may go on side by side, and which wait for one another."""

from __future__ import annotations

from bluegreen.core import actions as a


def lane(action: a.Action) -> str:
    """Actions of one lane never run at the same time; the route waits for nothing but itself."""
    match action:
        case a.SetRoute():
            return "route"
        case a.StartEnvironment(color=color) | a.Drain(color=color) | a.StopEnvironment(color=color):
            return str(color)
        case a.GatherEvidence() | a.ProbeStandby():
            return "watch"  # the way back waits for no hook
        case a.MoveLiveComponents():
            return "live components"
        case a.LoadModel(component=component, digest=digest, instance=instance):
            return f"model {component} {digest} {instance}"  # one that cannot be loaded again holds up no other
        case a.UnloadModel(component=component, digest=digest):
            return f"model {component} {digest}"
        case _:
            return "deployment"
