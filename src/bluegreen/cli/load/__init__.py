"""A load client that hides nothing: it never retries, verifies every answer, and counts from the scheduled time.

``python -m bluegreen.cli.load URL --rate 500 --connections 16 --seconds 10 --json`` runs it in a process of its own;
`LoadProcess` does that from Python.
"""

from bluegreen.cli.load.answer import Answer, Broken
from bluegreen.cli.load.client import Load
from bluegreen.cli.load.plan import Plan
from bluegreen.cli.load.process import LoadProcess
from bluegreen.cli.load.result import Result

__all__ = ["Answer", "Broken", "Load", "LoadProcess", "Plan", "Result"]
