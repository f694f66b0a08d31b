"""A server of proofs that does not tell the truth: it passes a node's answers on, as a test has them
changed.

`lie(path, answer)` gets the path with its query and the node's answer: (HTTP status, bytes). What it
returns is passed on; an iterator in place of the bytes is sent piece by piece, without an end where it
has none.
"""

import contextlib
import http.server
import threading
import urllib.error
import urllib.request


def ask(url, path):
    try:
        with urllib.request.urlopen(url + path, timeout=60) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


class LyingServer:
    def __init__(self, node_url, lie):
        self.node_url, self.lie = node_url, lie
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status, body = outer.lie(self.path, ask(outer.node_url, self.path))
                self.send_response(status)
                if isinstance(body, bytes):
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    for piece in [body] if isinstance(body, bytes) else body:
                        self.wfile.write(piece)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
