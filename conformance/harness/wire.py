"""One request, one answer, byte for byte: nothing is added, followed, decoded or retried."""

import http.client
import json
import urllib.parse

TIMEOUT = 120


class Answer:
    """Status, headers and body of one answer."""

    def __init__(self, status, reason, headers, body):
        self.status, self.reason, self.headers, self.body = status, reason, headers, body

    def header(self, name):
        """The value of a header, several joined by a comma, or None."""
        values = [v for k, v in self.headers if k.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        """The body as JSON; ValueError when it is not."""
        return json.loads(self.body)


def request(base, method, target, headers=(), body=None, chunked=False, length=None):
    """Sends a request to `base` (scheme://host:port[/prefix]). `target` is sent as it is written, percent signs and all.

    `chunked` sends the body in chunks; `length` announces another Content-Length than the body has.
    """
    url = urllib.parse.urlsplit(base)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname, url.port, timeout=TIMEOUT)
    try:
        connection.putrequest(method, url.path.rstrip("/") + target, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value.encode() if isinstance(value, str) else value)
        if body is None:
            if length is not None:
                connection.putheader("Content-Length", str(length))
            connection.endheaders()
        elif chunked:
            connection.putheader("Transfer-Encoding", "chunked")
            connection.endheaders()
            # A server may answer and close before it has read all; the answer is what counts.
            try:
                for at in range(0, len(body), 65536):
                    part = body[at:at + 65536]
                    connection.send(b"%x\r\n%s\r\n" % (len(part), part))
                connection.send(b"0\r\n\r\n")
            except (BrokenPipeError, ConnectionResetError):
                pass
        else:
            connection.putheader("Content-Length", str(len(body) if length is None else length))
            connection.endheaders()
            try:
                connection.send(body)
                if length is not None and length > len(body):
                    connection.sock.shutdown(1)
            except (BrokenPipeError, ConnectionResetError):
                pass
        got = connection.getresponse()
        return Answer(got.status, got.reason, got.getheaders(), got.read())
    finally:
        connection.close()


def call(base, method, target, body=None, token=None, ok=None):
    """A JSON request for setting things up; anything but a status of `ok` (default: any 2xx) is an error."""
    headers = [("Accept", "application/json")]
    if token:
        headers.append(("X-Auth-Token", token))
    data = None
    if body is not None:
        data = json.dumps(body).encode()
        headers.append(("Content-Type", "application/json"))
    got = request(base, method, target, headers, data)
    if got.status not in ok if ok else not 200 <= got.status < 300:
        raise RuntimeError(f"{method} {base}{target}: {got.status} {got.text[:300]}")
    return got
