"""Starts Keystone, Glance and Salon for a run, on free ports, and stops them by their process id.

Everything they write goes to a directory of the run under target/conformance; it is kept when something went wrong.
"""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse

import yaml

from . import databases, people, scenario, wire

HERE = pathlib.Path(__file__).parent.parent
TOP = HERE.parent
BIN = pathlib.Path(sys.executable).parent
REGION = "RegionOne"
PASSWORD = "correct-horse"
STARTUP = 120


def free_port():
    """A port that nobody uses now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Place:
    """The directory of one run, and what runs in it."""

    def __init__(self, stack, name):
        self.dir = TOP / "target" / "conformance" / f"{name}-{os.getpid()}"
        shutil.rmtree(self.dir, ignore_errors=True)
        self.dir.mkdir(parents=True)
        self.stack, self.postgres = stack, None
        # Being told to stop is a reason to tidy up, as any other.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        stack.push(self._leave)

    def _leave(self, kind, _error, _trace):
        if kind is None and not getattr(self, "keep", False):
            shutil.rmtree(self.dir, ignore_errors=True)
        else:
            print(f"logs of the servers: {self.dir}", flush=True)

    def start(self, name, command, env=None, cwd=None):
        """Starts a process with its log in the directory; it is stopped when the run ends."""
        log = self.dir / f"{name}.log"
        with log.open("ab") as out:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=cwd or self.dir,
                                       env=dict(os.environ, **(env or {})), start_new_session=True)
        self.stack.callback(stop, process)
        return process, log

    def run(self, name, command, env=None):
        """Runs a command to its end; its log is shown when it fails."""
        log = self.dir / f"{name}.log"
        with log.open("ab") as out:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.dir,
                                  env=dict(os.environ, **(env or {})))
        if done.returncode:
            raise SystemExit(f"{name}: exit {done.returncode}\n{tail(log)}")


def stop(process):
    """Ends a process and what it started: politely, then not."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def tail(log):
    """The last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-25:])


def wait(process, log, url, statuses):
    """Waits until `url` answers with one of `statuses`; an end of the process or two minutes without are an error."""
    end = time.monotonic() + STARTUP
    at = urllib.parse.urlsplit(url)
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"{log.stem}: ended with {process.returncode}\n{tail(log)}")
        try:
            if wire.request(f"{at.scheme}://{at.netloc}", "GET", at.path).status in statuses:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise SystemExit(f"{log.stem}: no answer from {url} in {STARTUP} s\n{tail(log)}")


def write(path, text):
    """Writes a file and answers its path as text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def uwsgi(place, name, module, port, processes, threads, env, log_answer):
    """A WSGI application under uWSGI, as upstream deploys it."""
    # glanceclient sends chunks of 1 MiB, just over what uWSGI takes when it is not told.
    config = write(place.dir / f"{name}.ini", f"""[uwsgi]
master = true
processes = {processes}
threads = {threads}
enable-threads = true
lazy-apps = true
die-on-term = true
need-app = true
listen = 100
buffer-size = 65535
socket-timeout = 60
http-auto-chunked = true
http-chunked-input = true
http-raw-body = true
chunked-input-limit = 8388608
add-header = Connection: close
disable-logging = true
http-socket = 127.0.0.1:{port}
module = {module}
""")
    process, log = place.start(name, [BIN / "uwsgi", "--ini", config], env)
    wait(process, log, f"http://127.0.0.1:{port}{log_answer[0]}", log_answer[1])


def postgres(place, name):
    """A new database in the PostgreSQL of the tests, which is started here when ci/databases.sh has not done so before."""
    import psycopg2
    server = os.environ.get("SALON_TEST_POSTGRES_URL") or place.postgres
    if not server:
        server = place.postgres = databases.start(place.stack)[0]["postgres"]
    connection = psycopg2.connect(server)
    connection.autocommit = True
    name = f"{name}_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')

    def drop():
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        connection.close()

    place.stack.callback(drop)
    return server.rsplit("/", 1)[0].replace("postgresql:", "postgresql+psycopg2:") + f"/{name}"


def keystone(place, more=()):
    """A Keystone with everybody of people.yaml and a service user `glance`; its address and everybody's passwords."""
    port, home = free_port(), place.dir / "keystone"
    passwords = {name: PASSWORD for name in people.read()["users"]}
    passwords.update({"glance": PASSWORD}, **{name: PASSWORD for name, _, _ in more})
    for keys in ("fernet", "credential"):
        (home / keys).mkdir(parents=True)
        (home / keys).chmod(0o700)
    config = write(home / "keystone.conf", f"""[DEFAULT]
use_stderr = true
[database]
connection = {postgres(place, "keystone")}
[fernet_tokens]
key_repository = {home}/fernet
[fernet_receipts]
key_repository = {home}/fernet
[credential]
key_repository = {home}/credential
[token]
expiration = 86400
# One process, because this cache is a process's own; without any a token takes Keystone four times as long.
[cache]
enabled = true
backend = dogpile.cache.memory
[identity]
password_hash_rounds = 4
""")
    env = {"OS_KEYSTONE_CONFIG_DIR": str(home), "OS_KEYSTONE_CONFIG_FILES": "keystone.conf"}
    manage = [BIN / "keystone-manage", "--config-file", config]
    who = [f"--keystone-{what}={name}" for what, name in (("user", _user()), ("group", _group()))]
    url = f"http://127.0.0.1:{port}/v3"
    place.run("keystone-manage", [*manage, "db_sync"], env)
    place.run("keystone-manage", [*manage, "fernet_setup", *who], env)
    place.run("keystone-manage", [*manage, "credential_setup", *who], env)
    place.run("keystone-manage", [
        *manage, "bootstrap", "--bootstrap-username", "admin", "--bootstrap-password", PASSWORD,
        "--bootstrap-project-name", "admin", "--bootstrap-role-name", "admin", "--bootstrap-service-name", "keystone",
        "--bootstrap-region-id", REGION, "--bootstrap-public-url", url, "--bootstrap-internal-url", url,
        "--bootstrap-admin-url", url], env)
    uwsgi(place, "keystone", "keystone.wsgi.api:application", port, 1, 4, env, ("/v3", (200,)))
    people.make_in_keystone(url, PASSWORD, passwords, [("glance", "service", ["admin", "service"]), *more])
    return url, passwords


def _user():
    import pwd
    return pwd.getpwuid(os.geteuid()).pw_name


def _group():
    import grp
    return grp.getgrgid(os.getegid()).gr_name


def glance(place, auth):
    """Glance with one store and without import, as the scenarios presume; its address."""
    port, home = free_port(), place.dir / "glance"
    for part in ("images", "staging", "tasks", "work", "lock"):
        (home / part).mkdir(parents=True)
    shutil.copy(HERE / "peer" / "schema-image.json", home)
    database = postgres(place, "glance")
    config = write(home / "glance-api.conf", f"""[DEFAULT]
use_stderr = true
public_endpoint = http://127.0.0.1:{port}
enabled_import_methods = []
node_staging_uri = file://{home}/staging
[database]
connection = {database}
[paste_deploy]
flavor = keystone
config_file = {BIN.parent}/etc/glance/glance-api-paste.ini
[glance_store]
stores = file
default_store = file
filesystem_store_datadir = {home}/images
[oslo_concurrency]
lock_path = {home}/lock
[task]
work_dir = {home}/work
[keystone_authtoken]
www_authenticate_uri = {auth}
auth_url = {auth}
auth_type = password
project_domain_id = default
user_domain_id = default
project_name = service
username = glance
password = {PASSWORD}
service_token_roles = service
service_token_roles_required = true
region_name = {REGION}
interface = internal
""")
    place.run("glance-manage", [BIN / "glance-manage", "--config-file", config, "db_sync"])
    uwsgi(place, "glance", "glance.wsgi.api:application", port, 2, 4, {"OS_GLANCE_CONFIG_DIR": str(home)}, ("/healthcheck", (200,)))
    return f"http://127.0.0.1:{port}"


def binary():
    """The salon that was built last, or the one that SALON_BINARY names."""
    named = os.environ.get("SALON_BINARY")
    built = [pathlib.Path(named)] if named else [TOP / "target" / kind / "salon" for kind in ("debug", "release")]
    built = [b for b in built if b.exists()]
    if not built:
        raise SystemExit("no salon to run: cargo build -p salon, or set SALON_BINARY")
    return max(built, key=lambda b: b.stat().st_mtime)


def salon(place, name, auth=None, more=(), settings=""):
    """Salon with its own identity (`auth` none) or behind a Keystone: (address, Keystone v3 address, passwords, its directory).

    `more` are users beside those of people.yaml, `settings` more lines of its configuration file.
    """
    home = place.dir / name
    home.mkdir()
    text = f"""[server]
listen = ["127.0.0.1:0"]
data_dir = "{home}/data"
port_file = "{home}/port"
"""
    if auth:
        text += f"""[identity]
mode = "keystone"
[keystone_authtoken]
auth_url = "{auth}"
www_authenticate_uri = "{auth}"
project_domain_id = "default"
user_domain_id = "default"
project_name = "service"
username = "glance"
password = "{PASSWORD}"
"""
    if "[image_v1]" not in settings:
        # Real Glance has no v1 any more; --dev would switch it on.
        settings += "\n[image_v1]\nenabled = false\n"
    config = write(home / "salon.toml", text + settings)
    command = [binary(), "serve", "--config", config] + ([] if auth else ["--dev"])
    env = {k: v for k, v in os.environ.items() if not k.startswith("SALON_")}
    process, log = place.start(name, command, env, home)
    port = home / "port"
    end = time.monotonic() + STARTUP
    while not (port.exists() and port.read_text().strip()):
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"{name} does not start\n{tail(log)}")
        time.sleep(0.02)
    url = f"http://{port.read_text().strip()}"
    wait(process, log, url + "/healthcheck", (200,))
    if auth:
        return url, auth, None, home
    clouds = yaml.safe_load((home / "data" / "clouds.yaml").read_text())["clouds"]
    passwords = {name: PASSWORD for name in people.read()["users"]}
    passwords.update({name: PASSWORD for name, _, _ in more})
    passwords.update({name: cloud["auth"]["password"] for name, cloud in clouds.items()})
    people.make_in_keystone(url + "/identity/v3", passwords["admin"], passwords, more)
    return url, url + "/identity/v3", passwords, home


def start(wanted, stack):
    """Targets for the names in `wanted`: glance, salon, salon-keystone."""
    place, targets = Place(stack, "run"), []
    if "salon" in wanted:
        url, auth, passwords, _ = salon(place, "salon")
        targets.append(scenario.Target("salon", "salon", url, people.People(auth, passwords)))
    if set(wanted) & {"glance", "salon-keystone"}:
        auth, passwords = keystone(place)
        known = people.People(auth, passwords)
        if "salon-keystone" in wanted:
            targets.append(scenario.Target("salon-keystone", "salon", salon(place, "salon-keystone", auth)[0], known))
        if "glance" in wanted:
            targets.insert(0, scenario.Target("glance", "glance", glance(place, auth), known))
    return targets
