"""Salon on a directory of its own, clients of every dialect, and a picture of everything in it that was acknowledged."""

import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import time
import types
import urllib.parse
import uuid

import yaml
from harness import servers
from measure import load, rooms

from . import databases, gate

PATCH = "application/openstack-images-v2.1-json-patch"
#: Seconds a client waits for an answer, and a server may take to start.
PATIENCE, STARTUP = 60, 60
SETTINGS = """[server]
listen = ["127.0.0.1:0"]
data_dir = "{data}"
port_file = "{home}/port"
graceful_shutdown_timeout = 2
[log]
level = "info"
[store]
filesystem_store_datadir = "{images}"
reserve = 0
[image]
upload_lease = 2
[identity]
token_lifetime = 2592000
[identity_v2]
enabled = true
[image_v1]
enabled = true
[rackspace]
enabled = true
get_per_minute = 0
post_per_minute = 0
put_per_minute = 0
patch_per_minute = 0
delete_per_minute = 0
[chime]
enabled = true
requests_per_second = 0
bot_quota = -1
[outbound]
ports = []
allowed_networks = ["127.0.0.1"]
"""


class Violation(Exception):
    """A promise was broken."""


class Answer:
    """What a client saw: status 0 is no answer."""

    def __init__(self, status, body=b"", headers=()):
        self.status, self.body, self.headers = status, body, dict(headers)

    @property
    def acknowledged(self):
        return 200 <= self.status < 300

    def json(self):
        return json.loads(self.body)

    def __str__(self):
        return f"{self.status or 'no answer'} {self.body[:160].decode(errors='replace')}"


class Salon:
    """A directory with data, and the server on it, if one runs."""

    def __init__(self, home, binary, data=None, backend="sqlite"):
        self.home, self.binary = pathlib.Path(home), binary
        self.data, self.port = pathlib.Path(data or self.home / "data"), self.home / "port"
        self.images = self.data / "images"
        self.server = self.base = self.talks = None
        self.backend, self.name = backend, None
        self.tokens, self.signers, self.accounts, self.projects, self.passwords = {}, {}, {}, {}, {}
        #: What is looked at after a fault.
        self.things = []
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("SALON_", "AWS_", "OS_"))}

    # The process.

    def configure(self, more=""):
        self.home.mkdir(parents=True, exist_ok=True)
        if self.backend != "sqlite":
            self.name, url, self.talks = databases.create(self.backend)
            more += f'[database]\nconnection = "{url}"\n'
        self.config = servers.write(self.home / "salon.toml", SETTINGS.format(home=self.home, data=self.data, images=self.images) + more)

    def drop(self):
        """Ends the server, and its database if that is on another."""
        self.kill()
        if self.name:
            databases.drop(self.backend, self.name)
            self.name = None

    def begin(self, *more, rule=None):
        """Starts the server behind a gate; `ready` waits for it."""
        self.port.unlink(missing_ok=True)
        with open(self.home / "log", "ab") as log:
            self.server = gate.Gate([self.binary, "serve", "--config", self.config, *more], self.data, rule, self.talks,
                                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env, cwd=self.home)

    def ready(self):
        """Waits until the server answers; false when it ended before."""
        end = time.monotonic() + STARTUP
        while not (self.port.exists() and self.port.read_text().strip()):
            if self.server.process.poll() is not None:
                return False
            if time.monotonic() > end:
                raise Violation(f"the server does not start: {self.tail()}")
            time.sleep(0.004)
        self.base = f"http://{self.port.read_text().strip()}"
        for signer in self.signers.values():
            signer.base = self.base
        return True

    def start(self, *more):
        """Starts the server; seconds until it answered."""
        began = time.monotonic()
        self.begin(*more)
        if not self.ready():
            raise Violation(f"the start after a fault fails: {self.tail()}")
        return time.monotonic() - began

    def kill(self):
        if self.server:
            self.server.kill()
            self.server = None

    def stop(self):
        """Ends the server politely."""
        self.server.process.send_signal(signal.SIGTERM)
        code = self.server.wait()
        self.server = None
        return code

    def tail(self):
        return servers.tail(self.home / "log")

    def command(self, *words, rule=None, data=None):
        """A command of the binary, behind a gate of its own: (exit code, standard output, standard error, gate)."""
        pipe = subprocess.PIPE
        done = gate.Gate([self.binary, *words, "--config", self.config], data or self.data, rule, self.talks, stdin=subprocess.DEVNULL,
                         stdout=pipe, stderr=pipe, env=self.env, cwd=self.home)
        out, error = done.process.communicate(timeout=PATIENCE)
        return done.wait(), out.decode(), error.decode(), done

    # Clients.

    def send(self, method, path, token=None, body=b"", headers=(), base=None):
        """One request on a connection of its own."""
        at = urllib.parse.urlsplit(base or self.base)
        connection = http.client.HTTPConnection(at.hostname, at.port, timeout=PATIENCE)
        sent = dict(headers)
        if token:
            sent["X-Auth-Token"] = token
        try:
            connection.request(method, path, body or None, sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read(), answer.getheaders())
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, TimeoutError):
                raise Violation(f"{method} {path} was not answered in {PATIENCE} s") from error
            return Answer(0, str(error).encode())
        finally:
            connection.close()

    def ask(self, method, path, body=None, who="alice", kind="application/json"):
        """A request with JSON by one of the sample users."""
        data = b"" if body is None else json.dumps(body).encode()
        return self.send(method, path, self.tokens[who], data, {"Content-Type": kind} if data else ())

    def chime(self, method, path, body=None, who="alice"):
        """A signed request to the Chime API, below the sample account."""
        request = self.signers[who].build(method, f"/accounts/{self.account}{path}", body)
        connection = load.Connection(self.base)
        try:
            connection.open().settimeout(PATIENCE)
            return Answer(*connection.ask(request))
        except TimeoutError as error:
            raise Violation(f"{method} {path} was not answered in {PATIENCE} s") from error
        except OSError as error:
            return Answer(0, str(error).encode())
        finally:
            connection.close()

    def must(self, answer, *expected):
        """The answer, which has to be a success, as nothing is broken now."""
        if not (answer.status in expected if expected else answer.acknowledged):
            raise Violation(f"without a fault: {answer}")
        return answer

    # The sample world.

    def seed(self):
        """Makes the sample users and logs them in."""
        self.start("--dev")
        clouds = yaml.safe_load((self.data / "clouds.yaml").read_text())["clouds"]
        for name, cloud in clouds.items():
            auth = cloud["auth"]
            self.passwords[name] = auth["password"]
            made = self.must(self.login(name, auth["project_name"]))
            self.tokens[name] = made.headers["x-subject-token"]
            token = made.json()["token"]
            self.projects[name], self.accounts[name] = token["project"]["id"], token["user"]["id"]
            self.signers[name] = rooms.Signer(types.SimpleNamespace(base=self.base, home=self.data.parent), name)
        self.account = self.signers["alice"].ask("GET", "/accounts")["Accounts"][0]["AccountId"]
        found = self.must(self.chime("GET", "/users?max-results=50")).json()["Users"]
        self.people = [one["UserId"] for one in found]

    def login(self, name, project):
        user = {"name": name, "password": self.passwords[name], "domain": {"id": "default"}}
        scope = {"project": {"name": project, "domain": {"id": "default"}}}
        return self.send("POST", "/identity/v3/auth/tokens", None, json.dumps({"auth": {
            "identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}).encode(),
            {"Content-Type": "application/json"})

    def copy(self, home, data=None):
        """The same world in another place, with the server of this one stopped."""
        other = Salon(home, self.binary, data)
        other.configure()
        shutil.copytree(self.data, other.data, dirs_exist_ok=True)
        for name in ("tokens", "projects", "accounts", "passwords", "account", "people"):
            setattr(other, name, getattr(self, name))
        for name in self.signers:
            signer = rooms.Signer.__new__(rooms.Signer)
            signer.__dict__.update(self.signers[name].__dict__)
            other.signers[name] = signer
        other.things = []
        return other

    # What is there, from outside of the server.

    def database(self):
        return sqlite3.connect(f"file:{self.data}/salon.db?mode=ro", uri=True, timeout=30)

    def examine(self, strict=False):
        """The database is whole, every file belongs to an image or waits for its removal, and `salon check` agrees."""
        if self.backend != "sqlite":
            return self.check(strict)
        database = self.database()
        try:
            whole = database.execute("PRAGMA integrity_check").fetchall()
            if whole != [("ok",)]:
                raise Violation(f"integrity_check: {whole[:3]}")
            end = time.monotonic() + 90
            while True:
                wrong, waiting = self._files(database)
                if not wrong and not (strict and waiting):
                    break
                # A file may be on its way between two looks; what stays is wrong.
                if time.monotonic() > end:
                    raise Violation(wrong or f"removals still wait: {waiting}")
                time.sleep(0.05 if not wrong else 0.2)
        finally:
            database.close()
        self.check(strict)

    def _files(self, database):
        rows = database.execute("SELECT store_key, size FROM images WHERE status IN ('active', 'deactivated')").fetchall()
        jobs = [json.loads(payload)["key"] for payload, in database.execute("SELECT payload FROM jobs WHERE kind = 'remove-bytes'")]
        running = {key for key, in database.execute("SELECT store_key FROM uploads")}
        found = {}
        for entry in os.scandir(self.images):
            # A file may be removed between the two looks.
            with contextlib.suppress(FileNotFoundError):
                if entry.is_file():
                    found[entry.name] = entry.stat().st_size
        for key, size in rows:
            if found.get(key) != size:
                return f"an image is active with {size} bytes, and its file {key} has {found.get(key)}", jobs
        # Sums of blocks have the names of what they are of, and come and go with it.
        found |= dict.fromkeys(os.listdir(self.data / "images" / ".sums"), 0)
        over = set(found) - {key for key, _ in rows} - set(jobs) - running
        staged = os.listdir(self.images / ".staging")
        return (f"files that nobody has: {sorted(over) + staged}" if over or staged else None), jobs

    def check(self, strict=False):
        """`salon check` finds nothing, or, unless strict, only data whose removal waits."""
        end = time.monotonic() + 90
        while True:
            code, out, error, _ = self.command("check")
            summary = re.search(r"(\d+) findings; (\d+) removals are waiting", out)
            if not summary:
                raise Violation(f"salon check fails: {out} {error}")
            if not strict or summary[2] == "0" or time.monotonic() > end:
                break
            time.sleep(0.2)
        lines = [line for line in out.splitlines() if line and not line.startswith("Checked")]
        odd = [line for line in lines if "that image" not in line]
        if odd or len(lines) > int(summary[2]) or (strict and lines):
            raise Violation(f"salon check finds: {lines[:5]}")
        return code


def noise(size, chance):
    """Bytes that are no known format: chance would sign one in 65536 of them as a boot sector."""
    data = bytearray(b"\1" + chance.randbytes(size - 1))
    data[510:512] = bytes(len(data[510:512]))
    return bytes(data)


def digest(data):
    return hashlib.sha256(data).hexdigest()


def new_id():
    return str(uuid.uuid4())
