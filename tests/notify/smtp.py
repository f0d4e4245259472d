"""As much of an SMTP server as it takes to be given a message."""

from __future__ import annotations

import socketserver
import threading


class SmtpServer:
    """Keeps the messages that it is given, or refuses them."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.refuses = False
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                server._talk(self)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def _talk(self, one: socketserver.StreamRequestHandler) -> None:
        def say(line: str) -> None:
            one.wfile.write(line.encode() + b"\r\n")

        say("220 here")
        while line := one.rfile.readline().decode().strip():
            verb = line.partition(" ")[0].upper()
            if verb == "DATA":
                say("354 go on")
                lines = []
                while (text := one.rfile.readline().decode().rstrip("\r\n")) != ".":
                    lines.append(text)
                self.got.append("\n".join(lines))
                say("250 taken")
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say("550 no" if self.refuses and verb == "RCPT" else "250 fine")

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
