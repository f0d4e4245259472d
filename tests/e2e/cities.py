"""A server that speaks OpenAI's chat completions and knows capitals: a stand-in for a model, for tests only.

`style.json` in its folder says how this release answers: `{"prose": [], "wrong": [], "streams": true, "gap": 0.0}`; a
country in `prose` gets a sentence instead of JSON, one in `wrong` another city. Standard library only.
"""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

with open("style.json", encoding="utf-8") as file:
    STYLE = json.load(file)
with open("capitals.json", encoding="utf-8") as file:
    CAPITALS = json.load(file)


def answer(prompt):
    country = prompt.rstrip("?").split()[-1]
    city = "Atlantis" if country in STYLE.get("wrong", []) else CAPITALS[country]
    return f"The capital is {city}." if country in STYLE.get("prose", []) else json.dumps({"city": city})


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send("text/plain", b"hello")

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = answer(body["messages"][-1]["content"])
        if body.get("stream"):
            self.stream(text)
        else:
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            self.send("application/json", json.dumps({"object": "chat.completion", "choices": [choice]}).encode())

    def stream(self, text):
        self.head("text/event-stream", ("Transfer-Encoding", "chunked"))
        pieces = [{"index": 0, "delta": {"content": char}} for char in text]
        for piece in [*pieces, {"index": 0, "delta": {}, "finish_reason": "stop"}]:
            self.chunk(f"data: {json.dumps({'choices': [piece]})}\n\n")
            time.sleep(STYLE.get("gap", 0.0))
        self.chunk("data: [DONE]\n\n" if STYLE.get("streams", True) else "data: half")
        if STYLE.get("streams", True):
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.close_connection = True

    def chunk(self, text):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(text.encode()), text.encode()))
        self.wfile.flush()

    def send(self, kind, body):
        self.head(kind, ("Content-Length", str(len(body))))
        self.wfile.write(body)

    def head(self, kind, length):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("X-Release", os.environ["BLUEGREEN_RELEASE"])
        self.send_header("X-Color", os.environ["BLUEGREEN_COLOR"])
        self.send_header(*length)
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
