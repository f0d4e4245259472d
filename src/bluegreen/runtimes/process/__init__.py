"""Instances as detached processes of this machine."""

from bluegreen.runtimes.process.runtime import ProcessRuntime

__all__ = ["ProcessRuntime"]
