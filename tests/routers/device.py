"""A load balancer that knows nothing of bluegreen, as files, and the three commands that tell it what to do."""

from __future__ import annotations

from pathlib import Path

from bluegreen.core.router_specs import Commands

SCRIPT = r"""
read -r told
app=$(expr "$told" : '{"app": "\([a-z]*\)"')
case $1 in
set)
  case $told in
  *'"epoch": null'*) rm -f "$app.json" ;;
  *) echo "$told" >"$app.new" && mv "$app.new" "$app.json" ;;
  esac ;;
get)
  cat "$app.json" 2>/dev/null || echo '{}' ;;
drain)
  echo "the device was asked"
  names=$(echo "$told" | grep -o '"[a-z]*/[a-z]*/[0-9]*/[a-z]*"' | sed 's/$/: 0/' | paste -sd,)
  echo "{\"active\": {$names}}" ;;
esac
"""


def device_commands(folder: Path, *, weighted: bool = False, **changes: str) -> Commands:
    """The three commands; what the device has of an application is in ``APP.json``."""
    (folder / "device.sh").write_text(SCRIPT)
    said = {verb: f"sh device.sh {verb}" for verb in ("set", "get", "drain")}
    return Commands(**{**said, **changes}, weighted=weighted, within=10.0, folder=str(folder))
