"""`bluegreen demo`: the main job on a real application under constant load, in a folder of its own."""

from bluegreen.cli.demo.command import demo

__all__ = ["demo"]
