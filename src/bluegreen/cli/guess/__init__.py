"""What an application's folder tells about how it is built and run. Only reads, and only a little of each file."""

from bluegreen.cli.guess.application import Guess, guess
from bluegreen.cli.guess.program import Program

__all__ = ["Guess", "Program", "guess"]
