"""The shape of ``router: nginx`` in ``bluegreen.yaml``."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, Field

from bluegreen.config import fields as f
from bluegreen.config.problems import Wrong
from bluegreen.config.section import Section
from bluegreen.core import spec


def _included(value: str) -> str:
    if re.search(r"[\s;{}'\"$*]", value):
        raise Wrong(f"`{value}` cannot be written in nginx's configuration as it is", "use another folder")
    return value


def _loopback(value: str) -> str:
    host = value.rpartition(":")[0].strip("[]")
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise Wrong(f"`{value}` can be reached from other machines", "such as `127.0.0.1:9189`")
    return value


IncludeFolder = Annotated[f.AbsolutePath, AfterValidator(_included)]
LoopbackAddress = Annotated[f.Address, AfterValidator(_loopback)]


class NginxSection(Section):
    """nginx moves users. `bluegreen router init nginx` prints what its configuration needs."""

    config: f.AbsolutePath = Field(
        default=spec.Nginx.config,
        description="Its main configuration file, tested before each reload.",
        examples=["/etc/nginx/nginx.conf"],
    )
    folder: IncludeFolder = Field(
        default=spec.Nginx.folder,
        description="The folder that it includes, and in which bluegreen writes one file for each application.",
        examples=["/etc/nginx/bluegreen"],
    )
    pid: f.AbsolutePath = Field(
        default=spec.Nginx.pid, description="The file with its master's pid.", examples=["/run/nginx.pid"]
    )
    program: f.Command = Field(
        default=spec.Nginx.program, description="How it is run for a test.", examples=["sudo -n nginx"]
    )
    status: LoopbackAddress = Field(
        default=spec.Nginx.status,
        description="Where its workers tell, on loopback, which route they follow.",
        examples=["127.0.0.1:9189"],
    )
