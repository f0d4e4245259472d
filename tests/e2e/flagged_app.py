"""A web application that asks the official OpenFeature SDK, through its OFREP provider, what to show: unmodified both.

Every answer names the release, and the variant and value of the flag ``headline`` as they were for this request.
"""

import json
import os
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

RELEASE = os.environ["BLUEGREEN_RELEASE"]
api.set_provider(OFREPProvider(os.environ["OFREP_ENDPOINT"]))
CLIENT = api.get_client()
AT_START = CLIENT.get_string_details("headline", "none", EvaluationContext("start"))


def report(name: str) -> None:
    body = json.dumps({"events": [{"name": name}]}).encode()
    token = {"Authorization": f"Bearer {os.environ['BLUEGREEN_EVENTS_TOKEN']}"}
    with urllib.request.urlopen(urllib.request.Request(os.environ["BLUEGREEN_EVENTS_URL"], body, token), timeout=10):
        pass


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        user = self.headers.get("x-user", "nobody")
        details = CLIENT.get_string_details("headline", "none", EvaluationContext(user, {"plan": "free"}))
        said = {
            "variant": details.variant,
            "value": details.value,
            "reason": details.reason,
            "error": details.error_code,
        }
        self.answer({"release": RELEASE, "at_start": AT_START.value, "flags": os.environ["BLUEGREEN_FLAGS"], **said})

    def do_POST(self) -> None:
        """A visit; what the flag ``sells`` says of it is whether something is bought."""
        user = self.headers.get("x-user", "nobody")
        report("visit")
        if bought := CLIENT.get_boolean_value("sells", False, EvaluationContext(user)):
            report("purchase")
        self.answer({"release": RELEASE, "bought": bought})

    def answer(self, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
