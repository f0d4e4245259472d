"""YAML text into a `Document`: plain data, and the place of everything in it."""

from __future__ import annotations

import math
from typing import Any

import yaml

from bluegreen.config import loader
from bluegreen.config.document import Document, Path, Place, dotted
from bluegreen.config.problems import ConfigError, Problem
from bluegreen.config.syntax import syntax_problem

VALUES = 20_000
"""Values after aliases were followed: a few lines of aliases to aliases could stand for billions."""

_TEXTS: tuple[tuple[str | None, ...], ...] = (
    ("components", None, "env", None),
    ("verify", None, "http", "headers", None),
    ("models", None, "name"),
    ("models", None, "source"),
    ("models", None, "headers", None),
    ("verify", None, "golden", "headers", None),
    ("verify", None, "latency", "headers", None),
)
"""Where a scalar is text as it was written, whatever YAML takes it for: ``1.10`` is a version there."""


def read(text: str, name: str) -> Document:
    """Read YAML. Duplicate keys and such are left in ``problems``, for the caller to add its own.

    Raises:
        ConfigError: the text is not YAML at all, or too much of it.
    """
    document = Document(name, text)
    try:
        node = _compose(loader.Loader(text))
    except yaml.YAMLError as error:
        raise ConfigError([syntax_problem(error, text)], name=name, text=text) from None
    if node is not None:
        document.data = _Builder(document).build(node, ())
    return document


def _compose(reader: loader.Loader) -> yaml.Node | None:
    try:
        return reader.get_single_node()
    except (ValueError, OverflowError):  # An escape such as "\UFFFFFFFF" is no character; PyYAML does not look.
        raise yaml.MarkedYAMLError(problem="no such character", problem_mark=reader.get_mark()) from None


def _place(node: yaml.Node) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1


class _Builder:
    """Turns nodes into data. An alias is followed each time; its values keep the place of the anchor."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._open: set[int] = set()
        self._count = 0

    def build(self, node: yaml.Node, path: Path) -> Any:
        self._document.values[path] = _place(node)
        self._count += 1
        if self._count > VALUES:
            raise self._fatal(node, path, f"more than {VALUES:,} values once its aliases are followed")
        if id(node) in self._open:
            raise self._fatal(node, path, "this anchor contains an alias of itself")
        self._open.add(id(node))
        try:
            return self._value(node, path)
        finally:
            self._open.remove(id(node))

    def _value(self, node: yaml.Node, path: Path) -> Any:
        if isinstance(node, yaml.MappingNode) and node.tag == loader.MAP:
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == loader.SEQ:
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        self._complain(node, path, f"the tag `{node.tag}` means nothing here", "remove the tag")
        return None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._complain(key, path, "a key must be plain text")
            elif not self._fit(key, path):
                continue
            elif key.value == "<<" and key.style is None:
                merged = {**self._merge(value, path), **merged}
            elif key.value in data:
                line = self._document.keys[(*path, key.value)][0]
                hint = f"it stands in line {line} already: remove one of the two"
                self._complain(key, (*path, key.value), f"`{key.value}` is there twice", hint)
            else:
                self._document.keys[(*path, key.value)] = _place(key)
                data[key.value] = self.build(value, (*path, key.value))
        return {**merged, **data}

    def _merge(self, node: yaml.Node, path: Path) -> dict[str, Any]:
        """What ``<<: *anchor`` brings; keys that are written beside it win, so those keep their places."""
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        keys, values = dict(self._document.keys), dict(self._document.values)
        data: dict[str, Any] = {}
        for source in sources:
            found = self.build(source, path)
            if not isinstance(found, dict):
                self._complain(node, path, "`<<` takes the alias of a mapping", "such as `<<: *base`")
                continue
            data = {**found, **data}
        self._document.keys.update(keys)
        self._document.values.update(values)
        return data

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        if not self._fit(node, path):
            return ""
        if node.tag == loader.NULL:
            self._document.empty.append(path)
            return None
        if node.tag == loader.STR or _is_text(path):
            return node.value
        try:
            return _number(node)
        except ValueError:
            self._complain(node, path, f"`{node.value[:40]}` is not a number that can be used here")
        except LookupError:
            self._complain(node, path, f"the tag `{node.tag}` means nothing here", "remove the tag")
        return None

    def _fit(self, node: yaml.ScalarNode, path: Path) -> bool:
        """Whether a process's environment and UTF-8 can carry this text; only escapes in quotes bring in others."""
        unfit = next((char for char in node.value if char == "\0" or "\ud800" <= char <= "\udfff"), None)
        if unfit is not None:
            self._complain(node, path, f"the character U+{ord(unfit):04X} cannot be used")
        return unfit is None

    def _complain(self, node: yaml.Node, path: Path, message: str, hint: str = "") -> None:
        line, column = _place(node)
        self._document.problems.append(Problem(line, column, dotted(path), message, hint))

    def _fatal(self, node: yaml.Node, path: Path, message: str) -> ConfigError:
        line, column = _place(node)
        problem = Problem(line, column, dotted(path), message)
        return ConfigError([problem], name=self._document.name, text=self._document.text)


def _is_text(path: Path) -> bool:
    return any(
        len(path) == len(form) and all(want in (None, part) for want, part in zip(form, path, strict=True))
        for form in _TEXTS
    )


def _number(node: yaml.ScalarNode) -> bool | int | float:
    """A truth value or number. Raises ValueError (not one, or no finite one) and LookupError (another tag)."""
    text: str = node.value
    if node.tag == loader.BOOL:
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    if node.tag == loader.INT:
        return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
    if node.tag == loader.FLOAT:
        number = float(text.replace(".inf", "inf"))
        if not math.isfinite(number):
            raise ValueError(text)
        return number
    raise LookupError(node.tag)
