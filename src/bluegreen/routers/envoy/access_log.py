"""What is noted of each request: a line of JSON in the access log, and a count of answers that broke off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

FIELDS = {
    "time": "%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)%",
    "method": "%REQ(:METHOD)%",
    "host": "%REQ(:AUTHORITY)%",
    # Without the query string: it may hold secrets.
    "path": "%PATH(NQ)%",
    "protocol": "%PROTOCOL%",
    "status": "%RESPONSE_CODE%",
    "received": "%BYTES_RECEIVED%",
    "sent": "%BYTES_SENT%",
    "duration_ms": "%DURATION%",
    "app": "%METADATA(ROUTE:bluegreen:app)%",
    "epoch": "%METADATA(ROUTE:bluegreen:epoch)%",
    # Of the instance that answered: with failover it need not be of the environment that the route names.
    "release": "%METADATA(UPSTREAM_HOST:bluegreen:release)%",
    "color": "%METADATA(UPSTREAM_HOST:bluegreen:color)%",
    "upstream": "%UPSTREAM_HOST%",
    "flags": "%RESPONSE_FLAGS%",
}


def access_log(file: Path) -> dict[str, Any]:
    """Envoy's access logger for this file."""
    return {
        "name": "envoy.access_loggers.file",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
            "path": str(file),
            "log_format": {"json_format": FIELDS},
        },
    }


CUT = "answers.cut.backend"
"""What comes before a backend's name in the name of the statistic."""
ABANDONED = "answers.abandoned.backend"


def cut_counter() -> dict[str, Any]:
    """Counts the answers that an instance began and did not end. Envoy's own statistics count them as successful."""
    flags = {"response_flag_filter": {"flags": ["UC", "UR", "LR", "UPE"]}}
    # What failed before its answer began was told to the user as a 503, which is counted as such.
    return _counter(CUT, flags, "LE", 499, "begun")


def abandoned_counter() -> dict[str, Any]:
    """Counts the requests whose users left before any answer began. Envoy's own statistics know neither these nor
    how long they took."""
    return _counter(ABANDONED, {"response_flag_filter": {"flags": ["DC"]}}, "EQ", 0, "answered")


def _counter(stat: str, flags: dict[str, Any], op: str, status: int, key: str) -> dict[str, Any]:
    compared = {"op": op, "value": {"default_value": status, "runtime_key": f"bluegreen.{key}"}}
    prefix, name, tag = stat.split(".")
    backend = {"name": tag, "value_format": "%METADATA(UPSTREAM_HOST:bluegreen:backend)%"}
    return {
        "name": "envoy.access_loggers.stats",
        "filter": {"and_filter": {"filters": [flags, {"status_code_filter": {"comparison": compared}}]}},
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.stats.v3.Config",
            "stat_prefix": prefix,
            "counters": [{"stat": {"name": name, "tags": [backend]}, "value_fixed": 1}],
        },
    }
