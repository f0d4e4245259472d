"""The job's summary and the step's outputs, of what a deployment left: its JSON, or the log where there is none."""

from __future__ import annotations

import html
import json
import os
from pathlib import Path

RESULTS = {"0": "completed", "1": "failed", "3": "refused", "4": "rolled back"}
MARKS = {"completed": "✅", "failed": "❌", "rolled back": "↩️", "refused": "⛔", "aborted": "⏹️"}
ADVICE = {
    "failed": "Users saw nothing of this release.",
    "rolled back": "Users saw this release, and are back on the one before it.",
    "aborted": "It was ended before its end; users have the release before.",
    "refused": "Nothing was changed.",
    "unknown": "`bluegreen status` tells what is live.",
}


def main() -> None:
    shown = Path(os.environ["SHOWN"])
    d = json.loads(shown.read_text(encoding="utf-8")) if shown.exists() else {}
    result = d.get("result") or ("unknown" if d else RESULTS.get(os.environ["CODE"], "unknown"))
    outputs = {
        "app": os.environ["APP"],
        "deployment": os.environ["NUMBER"],
        "release": os.environ["RELEASE"],
        "result": result,
        "url": address(os.environ["LOG"]),
        "exit-code": os.environ["CODE"],
    }
    with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in outputs.items())
    with open(os.environ["GITHUB_STEP_SUMMARY"], "a", encoding="utf-8") as file:
        file.write(summary(outputs, d, Path(os.environ["LOG"]).read_text(encoding="utf-8", errors="replace")))
    if result != "completed":
        print(f"::error title=bluegreen::{' '.join((outputs['app'], result)).strip()}. {ADVICE.get(result, '')}")


def address(log: str) -> str:
    """Where users reach it, as the last lines of the log say."""
    for line in Path(log).read_text(encoding="utf-8", errors="replace").splitlines():
        if " is live in " in line and "://" in line:
            return line.split(" ")[-1]
    return ""


def summary(outputs: dict[str, str], d: dict[str, object], log: str) -> str:
    """Markdown; what others wrote is escaped."""
    result = outputs["result"]
    title = f"{outputs['app'] or 'bluegreen'} {outputs['release']}: {result}"
    rows = [("deployment", outputs["deployment"]), ("address", outputs["url"]), *figures(d)]
    table = "".join(f"| {name} | {escaped(value)} |\n" for name, value in rows if value)
    reason = escaped(str(d.get("reason") or ""))
    return (
        f"## {MARKS.get(result, '❔')} {escaped(title)}\n\n"
        + (f"{reason}\n\n" if reason else "")
        + (f"{ADVICE[result]}\n\n" if result in ADVICE else "")
        + (f"| | |\n| --- | --- |\n{table}\n" if table else "")
        + f"<details><summary>What happened</summary>\n\n<pre>{html.escape(log)}</pre>\n\n</details>\n\n"
    )


def figures(d: dict[str, object]) -> list[tuple[str, str]]:
    """The receipt."""
    receipt = d.get("receipt")
    if not isinstance(receipt, dict):
        return []
    colors = ("blue", "green")
    seconds = receipt["switch_seconds"]
    return [
        ("requests", ", ".join(f"{color} {receipt['requests'][color]:,}" for color in colors)),
        ("failed", ", ".join(f"{color} {receipt['failed'][color]:,}" for color in colors)),
        ("switch", "" if seconds is None else f"{seconds * 1000:.1f} ms from the decision to the confirmed route"),
    ]


def escaped(text: str) -> str:
    return html.escape(" ".join(text.split())).replace("|", "&#124;")


if __name__ == "__main__":
    main()
