"""The load: requests over raw sockets, as many as asked for, from this process. Its own work is never part of a figure."""

import os
import selectors
import socket
import statistics
import threading
import time
import urllib.parse


class Connection:
    """One connection; made anew when the server closes it, as uWSGI does after each answer."""

    def __init__(self, base):
        at = urllib.parse.urlsplit(base)
        self.address, self.host, self.sock, self.rest = (at.hostname, at.port), at.netloc.encode(), None, b""

    def close(self):
        if self.sock:
            self.sock.close()
        self.sock, self.rest = None, b""

    def open(self):
        if self.sock is None:
            self.sock = socket.create_connection(self.address)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.sock

    def head(self):
        """The status and the headers of the next answer."""
        while b"\r\n\r\n" not in self.rest:
            more = self.sock.recv(65536)
            if not more:
                raise ConnectionError("closed before the answer")
            self.rest += more
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        lines = head.split(b"\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            headers[name.strip().lower()] = value.strip()
        return int(lines[0].split()[1]), headers

    def body(self, headers):
        length = int(headers.get(b"content-length", b"0"))
        while len(self.rest) < length:
            more = self.sock.recv(1 << 18)
            if not more:
                raise ConnectionError("closed in the body")
            self.rest += more
        body, self.rest = self.rest[:length], self.rest[length:]
        if headers.get(b"connection", b"").lower() == b"close":
            self.close()
        return body

    def ask(self, request):
        """(status, body) of a request given as bytes."""
        self.open().sendall(request)
        status, headers = self.head()
        return status, self.body(headers) if status not in (204, 304) else self.body({b"connection": headers.get(b"connection", b"")})


def build(base, method, path, token=None, body=b"", content_type=b"application/json"):
    """A whole request as bytes."""
    lines = [f"{method} {path} HTTP/1.1".encode(), b"Host: " + urllib.parse.urlsplit(base).netloc.encode(), b"Accept: application/json"]
    if token:
        lines.append(b"X-Auth-Token: " + token.encode())
    if body or method in ("POST", "PUT", "PATCH"):
        lines += [b"Content-Type: " + content_type, b"Content-Length: " + str(len(body)).encode()]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def run(base, requests, connections, expect):
    """Sends every request once over so many connections; (seconds each, in order of their ends)."""
    pending, lock, took, wrong = iter(requests), threading.Lock(), [], []

    def work():
        connection = Connection(base)
        try:
            while not wrong:
                with lock:
                    request = next(pending, None)
                if request is None:
                    return
                start = time.perf_counter()
                status, body = connection.ask(request)
                took.append(time.perf_counter() - start)
                if status != expect:
                    wrong.append(f"{status} instead of {expect}: {request[:200]!r}: {body[:300]!r}")
        except Exception as error:
            wrong.append(f"{type(error).__name__}: {error}")
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise SystemExit(f"bench: {wrong[0]}")
    return took


def swarm(base, each, expect):
    """Sends the requests of many clients, a list for each, every client one at a time; seconds until the last answer.

    One thread with readiness events: what it costs itself must not keep the server waiting.
    """
    at = urllib.parse.urlsplit(base)
    good, chooser, left = f"HTTP/1.1 {expect} ".encode(), selectors.DefaultSelector(), 0
    for requests in each:
        sock = socket.create_connection((at.hostname, at.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        chooser.register(sock, selectors.EVENT_READ, iter(requests))
        left += 1
    start = time.perf_counter()
    for key in list(chooser.get_map().values()):
        key.fileobj.sendall(next(key.data))
    while left:
        for key, _ in chooser.select():
            answer = key.fileobj.recv(1 << 16)
            if not answer.startswith(good):
                raise SystemExit(f"bench: not {expect}: {answer[:300]!r}")
            head, _, body = answer.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r", 1)[0] or 0)
            while len(body) < length:
                key.fileobj.setblocking(True)
                body += key.fileobj.recv(1 << 16)
            following = next(key.data, None)
            if following is None:
                chooser.unregister(key.fileobj)
                key.fileobj.close()
                left -= 1
            else:
                key.fileobj.sendall(following)
    return time.perf_counter() - start


def median(values):
    return statistics.median(values)


def p99(values):
    return sorted(values)[len(values) * 99 // 100]


def upload(base, path, token, file, size=None):
    """Sends a file, or so many bytes of it, by the kernel; seconds until the answer."""
    size = size or os.path.getsize(file)
    connection = Connection(base)
    head = build(base, "PUT", path, token, content_type=b"application/octet-stream")
    head = head.replace(b"Content-Length: 0", b"Content-Length: " + str(size).encode())
    start = time.perf_counter()
    sock = connection.open()
    sock.sendall(head)
    with open(file, "rb") as source:
        at = 0
        while at < size:
            at += os.sendfile(sock.fileno(), source.fileno(), at, size - at)
    status, headers = connection.head()
    took = time.perf_counter() - start
    if status != 204:
        raise SystemExit(f"bench: the upload was answered with {status}: {connection.body(headers)[:300]!r}")
    connection.close()
    return took


def download(base, path, token):
    """Receives and throws away, without copying it out of the kernel; (seconds, bytes)."""
    connection = Connection(base)
    start = time.perf_counter()
    sock = connection.open()
    sock.sendall(build(base, "GET", path, token))
    status, headers = connection.head()
    if status != 200:
        raise SystemExit(f"bench: the download was answered with {status}")
    size, got = int(headers[b"content-length"]), len(connection.rest)
    room = bytearray(1 << 20)
    while got < size:
        # On TCP, MSG_TRUNC drops the bytes in the kernel.
        part = sock.recv_into(room, min(len(room), size - got), socket.MSG_TRUNC)
        if part == 0:
            raise SystemExit("bench: the download was cut")
        got += part
    took = time.perf_counter() - start
    connection.close()
    return took, size
