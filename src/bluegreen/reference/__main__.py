"""``python -m bluegreen.reference [DOCS]``: write what the pages take from the code."""

from __future__ import annotations

import sys
from pathlib import Path

from bluegreen.reference.pages import written


def main() -> None:
    docs = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    for path, text in written(docs).items():
        if path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path}")


if __name__ == "__main__":
    main()
