"""``bluegreen.yaml``: its models, and errors with file, line and column."""

from bluegreen.config.env_file import read_env_file
from bluegreen.config.file import NAME, Loaded, load, parse
from bluegreen.config.names import url_variable
from bluegreen.config.problems import ConfigError, Problem
from bluegreen.config.schema import json_schema

__all__ = [
    "NAME",
    "ConfigError",
    "Loaded",
    "Problem",
    "json_schema",
    "load",
    "parse",
    "read_env_file",
    "url_variable",
]
