"""An application that answers about 50 ms after its start: the interpreter takes some 15 of them."""

import socket
import sys
import time

time.sleep(0.035)
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    while True:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok")
