"""Reads Protocol Buffers' wire format, as far as Envoy's samples need it.

Source: https://protobuf.dev/programming-guides/encoding/. A few fields of three messages do not need a second
package with all of Envoy's API, which would own the module `envoy` beside the one that brings Envoy itself.
"""

from __future__ import annotations

from collections.abc import Iterator


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field, in order. Raises ValueError for what is no message."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        match key & 7:
            case 0:
                value: int | bytes
                value, at = _varint(data, at)
            case 2:
                length, at = _varint(data, at)
                value, at = _take(data, at, length)
            case 1:
                value, at = _take(data, at, 8)
            case 5:
                value, at = _take(data, at, 4)
            case other:
                raise ValueError(f"wire type {other}")
        yield key >> 3, value


def _take(data: bytes, at: int, length: int) -> tuple[bytes, int]:
    if at + length > len(data):
        raise ValueError("it ends too early")
    return data[at : at + length], at + length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ValueError("a number without an end")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
