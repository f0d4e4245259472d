"""What `--help` says beside a command's options: examples, exit codes, and where there is more to read."""

from bluegreen.cli.manual.page import Example, Page
from bluegreen.cli.manual.pages import page_of

__all__ = ["Example", "Page", "page_of"]
