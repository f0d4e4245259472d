"""Libraries that come with an extra, imported only when an evaluator needs them."""

from __future__ import annotations

import importlib
from types import ModuleType

from bluegreen.evaluators.base import Unusable


def extra(module: str, name: str) -> ModuleType:
    """The module. Raises Unusable with what to install."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        raise Unusable(
            f"the extra `{name}` is not installed where the controller runs: pip install 'bluegreen[{name}]'"
        ) from None
