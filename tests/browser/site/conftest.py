"""The site on a host, in a folder of it, and windows that note what a reader should not cause."""

import functools
import http.server
import threading
from types import SimpleNamespace

import pytest
from built import SITE


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Nothing: the tests say what is wrong."""


@pytest.fixture(scope="session")
def address():
    """Where the site is served; not at the host's root, as a static host may do it."""
    if not (SITE / "index.html").is_file():
        pytest.exit("There is no build/site here: run `make site` first.", 1)
    handler = functools.partial(Quiet, directory=SITE.parent)
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/site/"
        server.shutdown()


@pytest.fixture
def window(chromium, address):
    """Open a page of the site: `window(width, scheme)` gives `visit` and what went wrong so far."""
    contexts = []

    def window(width=1280, scheme="light"):
        contexts.append(context := chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme))
        page, wrong = context.new_page(), []
        page.on("console", lambda m: m.type in ("error", "warning") and wrong.append(f"{page.url}: {m.text}"))
        page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
        page.on("requestfailed", lambda r: wrong.append(f"{page.url}: {r.url} failed"))
        page.on("request", lambda r: r.url.startswith((address, "data:")) or wrong.append(f"{page.url} asks {r.url}"))
        page.on("response", lambda r: r.status >= 400 and wrong.append(f"{page.url}: {r.url} gave {r.status}"))

        def visit(name):
            page.goto(address + name)
            page.evaluate("window.MathJax?.startup?.promise")  # until the formulas are set
            return page

        return SimpleNamespace(visit=visit, page=page, wrong=wrong)

    yield window
    for context in contexts:
        context.close()
