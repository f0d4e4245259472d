"""The files that checks of answers name: golden sets, schemas, prompts, and the variable that holds a judge's key."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bluegreen.config import document as d
from bluegreen.config.env_file import read_env_file
from bluegreen.config.golden_file import read_cases
from bluegreen.config.problems import ConfigError, Problem
from bluegreen.config.textfile import read_text
from bluegreen.core.check_specs import Golden, StreamLatency
from bluegreen.core.measures import Measure
from bluegreen.core.spec import AppSpec

_PARTS = ("{request}", "{first}", "{second}")


def golden_problems(spec: AppSpec, folder: Path, document: d.Document) -> list[Problem]:
    """What is wrong with files that checks of answers name, and with what they hold.

    Raises:
        ConfigError: a golden set is wrong, at its own lines.
    """
    problems: list[Problem] = []
    measures: dict[str, Measure] = {}
    for index, check in enumerate(spec.verify):
        if not isinstance(check, (Golden, StreamLatency)):
            continue
        path: d.Path = ("verify", index, check.kind, "file")
        if not (folder / check.file).is_file():
            problems.append(document.problem(path, f"there is no file `{check.file}`"))
            continue
        if isinstance(check, Golden):
            schema = check.expect.get("schema")
            problems += _of_schema(schema, folder, document, ("verify", index, "golden", "expect", "schema"))
            measures |= {measure.name: measure for measure in check.measures}
        read_cases(folder, check)
    for measure in measures.values():
        if measure.kind == "judge":
            problems += _of_judge(measure, spec, folder, document)
    return problems


def _of_schema(schema: Any, folder: Path, document: d.Document, path: d.Path) -> Iterator[Problem]:
    if schema is None:
        return
    if isinstance(schema, str):
        if not (folder / schema).is_file():
            yield document.problem(path, f"there is no file `{schema}`")
            return
        text = read_text(folder / schema, "the JSON Schema")
        try:
            schema = json.loads(text)
        except (ValueError, RecursionError) as error:
            line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
            problem = Problem(line, column, "", f"this is no JSON: {getattr(error, 'msg', error)}")
            raise ConfigError([problem], name=str(folder / str(schema)), text=text) from None
    if importlib.util.find_spec("jsonschema_rs") is not None:
        import jsonschema_rs

        try:
            jsonschema_rs.meta.validate(schema)
        except (jsonschema_rs.ValidationError, ValueError, TypeError) as error:
            said = str(getattr(error, "message", error)).replace("\n", " ")[:200]
            yield document.problem(path, f"this is no JSON Schema: {said}")


def _of_judge(measure: Measure, spec: AppSpec, folder: Path, document: d.Document) -> Iterator[Problem]:
    path: d.Path = ("evaluators", measure.name, "judge")
    prompt, key = measure.options.get("prompt"), measure.options.get("key_variable")
    if prompt is not None and not (folder / prompt).is_file():
        yield document.problem((*path, "prompt"), f"there is no file `{prompt}`")
    elif prompt is not None:
        text = read_text(folder / prompt, "the judge's prompt")
        for part in _PARTS:
            if part not in text:
                yield document.problem((*path, "prompt"), f"`{prompt}` does not hold `{part}`", "it is filled in there")
    if key is None:
        return
    component = next(one for one in spec.components if one.receives)
    known = set(component.env)
    if component.env_file is not None and (folder / component.env_file).is_file():
        known |= set(read_env_file(folder / component.env_file))
    if key not in known:
        where = f"`env_file` of `{component.name}`, the first component that takes requests"
        yield document.problem((*path, "key_variable"), f"there is no `{key}` in the {where}", "write the key there")
