"""Where the example applications are: inside the installed package, or beside ``src`` in a checkout."""

from __future__ import annotations

from pathlib import Path

import bluegreen
from bluegreen.core.errors import NotFound


def example_folder(name: str) -> Path:
    """The folder of an example application, such as ``shop``; copy it before changing anything in it.

    Raises:
        NotFound: this installation has no example of that name.
    """
    package = Path(bluegreen.__file__).parent
    for parent in (package / "examples", package.parents[1] / "examples"):
        if (parent / name / "bluegreen.yaml").is_file():
            return parent / name
    raise NotFound(
        f"the example {name} is not part of this installation",
        why=f"neither {package / 'examples'} nor {package.parents[1] / 'examples'} has it",
        cure="install bluegreen again, from its wheel or from a checkout",
    )
