"""The access log: one JSON object for each request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

FIELDS = {
    "time": "%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)%",
    "method": "%REQ(:METHOD)%",
    "host": "%REQ(:AUTHORITY)%",
    # Without the query string: it may hold secrets.
    "path": "%PATH(NQ:ORIG)%",
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
