"""The pages over HTTP, on loopback, as a reader on the web gets them."""

import contextlib
import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(SimpleHTTPRequestHandler):
    """Serves files, keeps connections open, lets the browser keep what it has, and says nothing."""

    protocol_version = "HTTP/1.1"

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "max-age=3600")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """A line for each request helps nobody here."""


class Server(ThreadingHTTPServer):
    """A server whose connections end when the browser is done with them, without a word on stderr."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A page that is closed while it loads breaks its connection; that is no fault of the page."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder while the block runs; gives the address, with a slash at the end."""
    with Server(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
