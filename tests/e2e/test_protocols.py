"""What users speak: TLS with renewal, HTTP/2, forwarded headers, prefixes."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import pytest

from tests.e2e.controller import Controller, Shop, wait_for

ECHO = """
import http.server, json, os
class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        seen = {"name": os.environ["BLUEGREEN_COMPONENT"], "headers": dict(self.headers)}
        body = json.dumps(seen).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Echo).serve_forever()
"""


def certificate(folder: Path, name: str) -> None:
    """A new self-signed certificate for ``shop.example.com``, put in place as renewal tools do."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    command += ["-keyout", f"{folder}/tls.key", "-out", f"{folder}/tls.crt", "-subj", f"/CN={name}"]
    subprocess.run([*command, "-addext", "subjectAltName=DNS:shop.example.com"], check=True, capture_output=True)


def subject(port: int) -> str:
    """The certificate that is served."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    raw = socket.create_connection(("127.0.0.1", port), 5)
    with context.wrap_socket(raw, server_hostname="shop.example.com") as wrapped:
        certificate = wrapped.getpeercert(binary_form=True) or b""
    return ssl.DER_cert_to_PEM_cert(certificate)


def test_a_renewed_certificate_is_taken_up_without_cutting_a_connection(controller: Controller, shop: Shop) -> None:
    certificate(shop.folder, "first")
    shop.set(lambda file: file.update(hosts=["shop.example.com"], tls={"cert": "tls.crt", "key": "tls.key"}))
    assert controller.deploy(shop.folder)["result"] == "completed"
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    raw = socket.create_connection(("127.0.0.1", shop.port), 5)
    kept = context.wrap_socket(raw, server_hostname="shop.example.com")
    request = b"GET /healthz HTTP/1.1\r\nHost: shop.example.com\r\n\r\n"
    kept.sendall(request)
    assert kept.recv(4096).startswith(b"HTTP/1.1 200")
    before = subject(shop.port)
    certificate(shop.folder, "second")
    wait_for(lambda: subject(shop.port) != before, "the renewed certificate is served")
    kept.sendall(request)
    assert kept.recv(4096).startswith(b"HTTP/1.1 200")
    kept.close()


def test_http2_in_cleartext(controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder)
    connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
    with socket.create_connection(("127.0.0.1", shop.port), 5) as raw:
        connection.initiate_connection()
        headers = [(":method", "GET"), (":scheme", "http"), (":authority", "shop"), (":path", "/api/items")]
        connection.send_headers(1, headers, end_stream=True)
        raw.sendall(connection.data_to_send())
        seen: dict[str, str] = {}
        while not seen:
            for event in connection.receive_data(raw.recv(65536)):
                if isinstance(event, h2.events.ResponseReceived):
                    seen = {str(name): str(value) for name, value in event.headers}
            raw.sendall(connection.data_to_send())
    assert (seen[":status"], seen["x-release"]) == ("200", "r1")


def test_prefixes_take_whole_segments_and_forwarded_headers_are_right(
    controller: Controller, shop: Shop, tmp_path: Path
) -> None:
    folder = tmp_path / "echo"
    folder.mkdir()
    (folder / "echo.py").write_text(ECHO)
    component = {"run": "python3 echo.py", "ready": {"tcp": True}}
    file = {
        "app": "echo",
        "address": f"127.0.0.1:{shop.port}",
        "components": {
            "web": {**component, "receives": "/", "run": "python3 echo.py # $PORT"},
            "api": {**component, "receives": ["/api", "/v2/data"], "run": "python3 echo.py # $PORT"},
        },
        "watch": "off",
    }
    (folder / "bluegreen.yaml").write_text(json.dumps(file))
    assert controller.deploy(folder)["result"] == "completed"

    def ask(path: str) -> dict[str, object]:
        connection = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=5)
        connection.request("GET", path, headers={"Host": f"example.com:{shop.port}", "X-Forwarded-For": "203.0.113.9"})
        answer: dict[str, object] = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    served = {path: ask(path)["name"] for path in ("/", "/api", "/api/x", "/apixyz", "/v2/data/1", "/v2")}
    assert served == {"/": "web", "/api": "api", "/api/x": "api", "/apixyz": "web", "/v2/data/1": "api", "/v2": "web"}
    headers = {str(name).lower(): value for name, value in dict(ask("/")["headers"]).items()}  # type: ignore[call-overload]
    assert headers["x-forwarded-for"].replace(" ", "") == "203.0.113.9,127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"
    assert headers["x-forwarded-host"] == f"example.com:{shop.port}"
