"""`bluegreen demo ai`: code, flags and models together, on an application with a real small model."""

from bluegreen.cli.demo.ai.assistant import Assistant
from bluegreen.cli.demo.ai.needed import needed
from bluegreen.cli.demo.ai.tour import tour

__all__ = ["Assistant", "needed", "tour"]
