"""A server with bad habits, for the tests of what is downloaded: it stalls, breaks off, never ends, and so on."""

import contextlib
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Server(ThreadingHTTPServer):
    """Serves files by name; `habit` says what becomes of the one that is spoiled."""

    daemon_threads = True

    def __init__(self, files: dict[str, bytes], spoiled: str, habit: str):
        super().__init__(("127.0.0.1", 0), Answer)
        self.files, self.spoiled, self.habit = files, spoiled, habit
        self.asked, self.over = threading.Semaphore(0), threading.Event()
        self.n_requests = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def handle_error(self, request, client_address):
        """A client that has gone is what some tests are about."""


class Answer(BaseHTTPRequestHandler):
    timeout = 20

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.n_requests += 1
        assert self.server.n_requests <= 20
        name = self.path.rsplit("/", 1)[-1]
        content = self.server.files[name]
        habit = self.server.habit if name == self.server.spoiled else ""
        if habit.startswith("sends away to "):
            self.send_response(302)
            self.send_header("Location", habit.removeprefix("sends away to "))
            return self.end_headers()
        if habit == "is missing":
            return self.send_error(404)
        if habit == "is a log-in page":
            content = b"<html>Welcome to our network!</html>"
        self.send_response(200)
        if habit not in ("stops without a word", "never ends"):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        half = len(content) // 2
        if habit == "is slow":
            for start in range(0, len(content), len(content) // 8):
                self.wfile.write(content[start : start + len(content) // 8])
                time.sleep(0.1)
        elif habit == "stalls":
            self.wfile.write(content[:half])
            self.server.asked.release()
            self.server.over.wait(20)
        elif habit in ("breaks off", "stops without a word"):
            self.wfile.write(content[:half])
        elif habit == "hangs up":
            self.wfile.write(content[:half])
            time.sleep(0.1)  # until that has come, since a reset overtakes what is on its way
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif habit == "never ends":
            for _ in range(500):
                self.wfile.write(bytes(2**16))
        else:
            self.wfile.write(content)


@contextlib.contextmanager
def serving(module, files: dict[str, bytes], spoiled: str, habit: str = ""):
    """A server, to which the official address of a module leads."""
    with Server(files, spoiled, habit) as server, pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "OFFICIAL", server.address)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
