"""`bluegreen schema`."""

from __future__ import annotations

from bluegreen.cli.output import print_json


def schema() -> None:
    """Print the JSON Schema of bluegreen.yaml.

    For editors: write it to a file, and begin bluegreen.yaml with `# yaml-language-server: $schema=FILE`.
    """
    from bluegreen.config import json_schema

    print_json(json_schema())
