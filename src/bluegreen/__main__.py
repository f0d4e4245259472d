"""``python -m bluegreen``."""

from bluegreen.cli.main import main

main()
