"""A student at the hub, by its API alone: logs in, has a server started, and runs cells of a notebook in a kernel."""

import json
import re
import time
import uuid
from urllib.parse import urlsplit

import requests
import websocket

LIMIT = 900  # seconds for a lesson, on a machine that others use too


class Student:
    """One session of a browser; `address` is the hub's, such as http://127.0.0.1:8000."""

    def __init__(self, address: str, name: str, password: str):
        self.address, self.name = address, name
        self.session = requests.Session()
        self.session.get(f"{address}/hub/login", timeout=60)
        form = dict(username=name, password=password, _xsrf=self.xsrf("/hub/"))
        page = self.session.post(f"{address}/hub/login?next=/hub/home", data=form, timeout=60)
        self.logged_in = urlsplit(page.url).path == "/hub/home"

    def xsrf(self, path: str) -> str:
        return next(cookie.value for cookie in self.session.cookies if cookie.name == "_xsrf" and cookie.path == path)

    def begin(self) -> None:
        """Have the server started, and wait until it answers; raises AssertionError where it does not."""
        header = {"X-XSRFToken": self.xsrf("/hub/")}
        found = self.session.post(f"{self.address}/hub/api/users/{self.name}/tokens", headers=header, timeout=60)
        self.token = {"Authorization": f"token {found.json()['token']}"}
        self.hub("post", "server")
        until = time.monotonic() + 180
        while time.monotonic() < until:
            server = self.hub("get").json()["servers"].get("", {})
            if server.get("ready"):
                return
            assert server.get("pending"), f"the server of {self.name} did not start"
            time.sleep(0.5)
        raise AssertionError(f"the server of {self.name} took more than three minutes")

    def hub(self, verb: str, what: str = "") -> requests.Response:
        path = f"{self.address}/hub/api/users/{self.name}/{what}".rstrip("/")
        return requests.request(verb, path, headers=self.token, timeout=60)

    def ask(self, verb: str, what: str, of: str | None = None, **more) -> requests.Response:
        """The answer of a server, one's own unless `of` names another student."""
        path = f"{self.address}/user/{of or self.name}/{what}"
        return requests.request(verb, path, headers=self.token, timeout=60, allow_redirects=False, **more)

    def kernel(self) -> "Kernel":
        started = self.ask("post", "api/kernels", json={"name": "python3", "path": "course/notebooks"})
        assert started.status_code == 201, started.text
        return Kernel(self, started.json()["id"])


class Kernel:
    """A kernel on a student's server, at the end of a websocket through the hub's proxy."""

    def __init__(self, student: Student, name: str):
        self.student, self.name = student, name
        address = f"{student.address.replace('http', 'ws', 1)}/user/{student.name}/api/kernels/{name}/channels"
        self.socket = websocket.create_connection(address, header=student.token, timeout=LIMIT)

    def run(self, code: str) -> tuple[str, str]:
        """What a cell prints, and its error, or nothing."""
        ident, printed, error, replied, idle = uuid.uuid4().hex, "", "", False, False
        header = dict(msg_id=ident, msg_type="execute_request", session=self.name, username="", version="5.3", date="")
        content = dict(code=code, silent=False, store_history=True, allow_stdin=False, stop_on_error=False)
        message = dict(header=header, parent_header={}, metadata={}, content=content, channel="shell")
        self.socket.send(json.dumps(message))
        while not (replied and idle):
            message = json.loads(self.socket.recv())
            if message["parent_header"].get("msg_id") != ident:
                continue
            content, kind = message["content"], message["msg_type"]
            if kind == "stream" and content["name"] == "stdout":
                printed += content["text"]
            elif kind == "error":
                error = re.sub(r"\x1b\[[\d;]*m", "", f"{content['ename']}: {content['evalue']}")
            replied |= kind == "execute_reply"
            idle |= kind == "status" and content["execution_state"] == "idle"
        return printed, error
