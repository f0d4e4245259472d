"""A component that says a price: its release's folder says which, and how often it is one more by chance. It writes
down what it was asked, with the headers. Standard library only: its port is the first argument."""

import json
import os
import random
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RELEASE, COLOR = os.environ["BLUEGREEN_RELEASE"], os.environ["BLUEGREEN_COLOR"]
with open("price.json", encoding="utf-8") as file:
    PRICE = json.load(file)
SEEN = open(os.environ["SEEN"], "a", buffering=1, encoding="utf-8")  # noqa: SIM115 - as long as it runs


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        price = PRICE["price"] + (random.random() < PRICE["noise"])
        self.say(json.dumps({"id": random.random(), "price": price}).encode())

    def do_POST(self) -> None:
        self.say(self.rfile.read(int(self.headers["content-length"])))

    def say(self, body: bytes) -> None:
        asked = {name.lower(): value for name, value in self.headers.items()}
        SEEN.write(json.dumps([RELEASE, self.command, self.path, asked]) + "\n")
        self.send_response(200)
        self.send_header("x-release", RELEASE)
        self.send_header("x-color", COLOR)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
