"""Where a bot listens: HTTPS on this machine, with a certificate that the server under test trusts."""

import http.server
import json
import queue
import ssl
import threading

from world import TOLD


class Endpoint:
    """Answers the challenge, or another one when it is not honest, and keeps what it is told."""

    def __init__(self, honest=True):
        told, tls = queue.Queue(), TOLD["tls"]

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                event = json.loads(body)
                told.put(({name.lower(): value for name, value in self.headers.items()}, body, event))
                answer = json.dumps({"Challenge": event.get("Challenge") if honest else "another"}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.told = told
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls["cert"], tls["key"])
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_port}/events"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def event(self):
        """The next that it was told: headers, body as bytes, body."""
        return self.told.get(timeout=30)
