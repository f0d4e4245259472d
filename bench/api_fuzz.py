"""Schemathesis, all checks, against a real controller with a live application: ten minutes, half of them with the token
of an admin and half without one. The application has users meanwhile.

Left out: the operations that end the controller and the application, the stream that never ends, and with a token the
check `ignored_auth`, since a controller answers 429 after a few made-up tokens (the run without a token and the tests
have that check). What a schema cannot say is in tests/api/schemathesis.toml.

``python -m bench.api_fuzz [--quick]`` prints Markdown.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from bench.application import Application, controller
from bluegreen.cli.load import LoadProcess, Plan

RULES = Path(__file__).parents[1] / "tests" / "api" / "schemathesis.toml"
PROGRAM = str(Path(sys.executable).parent / "schemathesis")
LEFT_OUT = ("stop_controller", "live", "down")


def fuzzed(url: str, description: bytes, seconds: int, token: str | None) -> tuple[str, bool]:
    """A line of the table, and whether nothing was found."""
    command = [PROGRAM, "--config-file", str(RULES), "run", "openapi.json", "--url", url, "--checks", "all"]
    command += ["--phases", "examples,coverage,fuzzing", "--max-time", str(seconds), "--generation-database", "none"]
    command += ["--continue-on-failure", "--no-shrink", "--no-color", "--warnings", "off", "--request-timeout", "20"]
    command += [f"--exclude-operation-id={name}" for name in LEFT_OUT]
    if token:
        command += ["--header", f"Authorization: Bearer {token}", "--exclude-checks", "ignored_auth"]
    with tempfile.TemporaryDirectory(prefix="bgf-") as folder:
        Path(folder, "openapi.json").write_bytes(description)
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    print(ran.stdout[-8000:], file=sys.stderr)
    cases = re.search(r"([\d,]+) generated", ran.stdout)
    failures = re.search(r"([\d,]+) unique failures?", ran.stdout)
    found = failures[1] if failures else "0" if ran.returncode == 0 else "see the log"
    who = "an admin's token" if token else "no token"
    return f"| {who} | {seconds} s | {cases[1] if cases else '–'} | {found} |", ran.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="about a minute")
    options = parser.parse_args()
    seconds = 20 if options.quick else 300
    with tempfile.TemporaryDirectory(prefix="bgb-") as scratch, controller() as found:
        app = Application(Path(scratch) / "shop", found)
        for _ in range(2):
            app.change()
            app.deploy()
        token = found.client.create_token("fuzz", [{"role": "admin", "app": None}])["token"]
        url = found.client.session_link()["url"].partition("/#")[0]
        asked = urllib.request.Request(f"{url}/v1/openapi.json", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(asked) as answer:
            description = answer.read()
        with LoadProcess(Plan(app.url, gets=("/",), rate=50.0, connections=4)) as load:
            load.wait_for_requests(10)
            lines = [fuzzed(url, description, seconds, token), fuzzed(url, description, seconds, None)]
            result = load.stop()
        answers = found.client.controller()["version"]
    print("| called with | for | requests made up | failures of its checks |\n| --- | --- | --- | --- |")
    print("\n".join(line for line, _ in lines))
    users = f"{result.failed} of {result.requests:,} requests of users failed meanwhile"
    print(f"\n{users}; at the end the controller ({answers}) answered as before.")
    return 0 if all(well for _, well in lines) and not result.failed else 1


if __name__ == "__main__":
    sys.exit(main())
