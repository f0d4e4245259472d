"""What `bluegreen init` writes: a `bluegreen.yaml` guessed from what is in the folder, with comments that teach it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bluegreen.cli.guess import Guess, Program, guess

_PLAIN = re.compile(r"[A-Za-z0-9./_$](?:(?!: | #)[^\n\t])*(?<![: ])")
"""What is one bare value in block style: nothing in it starts a comment or another value."""
_TAKEN = re.compile(r"true|false|null|yes|no|on|off|~|[0-9.eExXo_+-]+", re.IGNORECASE)
"""What some reader of YAML takes for something else than text."""


def starter(folder: Path) -> str:
    """The text of a `bluegreen.yaml` for this folder. It is always valid; what could not be guessed says so."""
    found = guess(folder)
    parts = [_head(found), _components(found), _hooks(found), _verify(found), _rest()]
    return "\n".join(part for part in parts if part)


def _head(found: Guess) -> str:
    origin = f"Guessed from {found.source}." if found.source else "Nothing in the folder says what runs."
    return f"""\
# {origin} Read it through, then: bluegreen deploy
app: {found.app}
address: 127.0.0.1:8080          # where users come in; 0.0.0.0:8080 lets them in from outside
# hosts: [shop.example.com]      # several applications may share one address, told apart by host
# preview: 127.0.0.1:8081        # where the idle environment is reached before the switch
# tls: {{cert: tls.crt, key: tls.key}}
"""


def _components(found: Guess) -> str:
    return "components:\n" + "".join(_component(program, found) for program in found.programs)


def _component(program: Program, found: Guess) -> str:
    lines = [f"{program.name}:"]
    if program.unsure:
        lines.append(f"  # {program.unsure}")
    lines.append(f"  run: {scalar(program.run)}")
    if program.build:
        lines.append(f"  build: {scalar(program.build)}   # in the release's own folder")
    if program.public:
        ready = f"http: {found.health}" if found.health else "tcp: true"
        better = "" if found.health else "   # better: {http: /healthz}"
        lines += [
            "  receives: /                  # path prefix whose requests it takes",
            "  instances: 2",
            f"  ready: {{{ready}, within: 30s}}{better}",
        ]
    else:
        lines.append("  active: live                 # runs only in the live environment, never in both at once")
    if found.env_file:
        lines.append(f"  env_file: {scalar(found.env_file)}   # secrets: never in the journal, a log or an answer")
    return "".join(f"  {line}\n" for line in lines)


def _hooks(found: Guess) -> str:
    if not found.before_start:
        return ""
    return f"""\
hooks:
  # The live release goes on using the database meanwhile: a migration must suit both.
  before_start: {scalar(found.before_start)}
"""


def _verify(found: Guess) -> str:
    return f"""\
verify:                          # against the idle environment, before any user sees it
  - http: {found.health or "/"}
  # - http: {{path: /api/items, status: 200, json: {{count: 3}}, within: 2s}}
  # - run: ./smoke.sh            # $BLUEGREEN_URL points at the idle environment
"""


def _rest() -> str:
    return """\
approve: automatic               # or: by hand
switch: {shift: [100%], hold: 0s, drain: 30s}   # step by step: {shift: [5%, 50%, 100%], hold: 1m}
watch:                           # after the switch, on live traffic; a release that is worse is rolled back
  for: 10s                       # for trying it out; 5m where there are users
  guards: [error_rate, latency]  # also: {http: /healthz}, {command: ./after.sh}, prometheus, json, events
  cannot_tell: finish            # too little traffic to judge by: complete it anyway; or: extend, hold, block
  # holdback: 5%                 # the old release keeps so many users meanwhile, to be compared with
keep: 1h                         # how long the old environment stays warm for an instant rollback
"""


def scalar(text: str) -> str:
    """A text as one YAML value: bare where that is safe, else in double quotes."""
    if _PLAIN.fullmatch(text) and not _TAKEN.fullmatch(text):
        return text
    return json.dumps(text, ensure_ascii=False)
