"""Requests of clients that cannot be had any more, sent byte for byte over a bare connection."""

import pathlib
import re
import socket
import string
import unittest
import urllib.parse

from cloud import PROJECT, URL, Images, api_key, login

FILES = pathlib.Path(__file__).parent / "recorded"
SECONDS = 60


class Template(string.Template):
    """${alice.token} and the like."""

    braceidpattern = r"[a-z.]+"


def read(name):
    """[(status, pattern, request)] of a file."""
    text = "".join(line for line in (FILES / name).read_text().splitlines(keepends=True) if not line.startswith("# "))
    for part in re.split(r"^== ", text, flags=re.M)[1:]:
        told, request = part.split("\n", 1)
        status, _, pattern = told.partition(" ")
        head, _, body = request.partition("\n\n")
        yield int(status), pattern, head.strip("\n"), body.strip("\n")


class Wire:
    """A connection that is kept, as these clients keep it."""

    def __init__(self, host, port):
        self.address = host, port
        self.open()

    def open(self):
        self.socket = socket.create_connection(self.address, SECONDS)
        self.file = self.socket.makefile("rb")

    def exchange(self, head, body):
        """Sends a head and then its body, as curl does, and answers status and text."""
        self.socket.sendall(head)
        if body:
            self.socket.sendall(body)
        status = int(self.file.readline().split()[1])
        length, ends = 0, False
        while (line := self.file.readline().strip()):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            if name.lower() == b"transfer-encoding":
                raise AssertionError("an answer without a length")
            ends = ends or (name.lower() == b"connection" and value.strip().lower() == b"close")
        text = self.file.read(length).decode()
        if ends:
            # Announced, so that clients open another.
            self.close()
            self.open()
        return status, text

    def close(self):
        self.file.close()
        self.socket.close()


class Recorded(Images):
    def replay(self, name):
        at = urllib.parse.urlsplit(URL)
        known = {"host": at.netloc, "image": self.make(disk_format="raw"), "name": self.name}
        for who in ("alice", "bob"):
            known.update({f"{who}.project": PROJECT[who], f"{who}.key": api_key(who), f"{who}.token": login(who)})
        wire = Wire(at.hostname, at.port)
        self.addCleanup(wire.close)
        number = 0
        for number, (status, pattern, head, body) in enumerate(read(name), 1):
            body = Template(body).substitute(known).encode()
            head = Template(head).substitute(known, length=len(body)).replace("\n", "\r\n").encode() + b"\r\n\r\n"
            title = f"{name}, request {number}: {head.splitlines()[0].decode()}"
            said, text = wire.exchange(head, body)
            self.assertEqual(said, status, f"{title}: {text}")
            if pattern:
                self.assertRegex(text, Template(pattern).substitute(known), title)
        return number

    def test_php_opencloud(self):
        self.assertEqual(self.replay("php-opencloud.http"), 26)

    def test_image_share(self):
        self.assertEqual(self.replay("image-share.http"), 14)


if __name__ == "__main__":
    unittest.main()
