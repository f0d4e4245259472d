"""`bluegreen init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bluegreen.cli.options import Json
from bluegreen.cli.output import print_json
from bluegreen.core.errors import InvalidInput

_Folder = Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder of the application.", show_default=False)]


def init(folder: _Folder = Path(), json: Json = False) -> None:
    """Write a starter bluegreen.yaml, guessed from what is in the folder.

    It looks at a Procfile, pyproject.toml, package.json and the like. An existing file is never touched.
    """
    from bluegreen.cli.starter import starter

    if not folder.is_dir():
        raise InvalidInput(f"{folder} is not a folder.", cure="Name the folder of your application.")
    file = folder / "bluegreen.yaml"
    text = starter(folder)
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise InvalidInput(f"{file} exists already.", cure="Edit it, or move it away first.") from None
    except OSError as error:
        raise InvalidInput(
            f"{file} cannot be written.", why=f"{error.strerror}.", cure="Check the folder's permissions."
        ) from error
    if json:
        print_json({"file": str(file.absolute())})
    else:
        where = "" if folder == Path() else f" {folder}"
        print(f"wrote {file}: read it through, then `bluegreen deploy{where}`")
