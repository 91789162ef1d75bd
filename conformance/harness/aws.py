"""conformance/clients/aws/run: AWS's own clients against the Chime API of Salon with its own identity.

Everything that Amazon's console did is made with Salon's command line: project, users, keys, Enterprise accounts. Each
test runs in a process of its own, with an account of its own.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

from . import servers

HERE = pathlib.Path(__file__).parent.parent / "clients" / "aws"
#: What a run may take; far more than it does, also beside other work.
SECONDS = 900
REGION = "eu-central-1"
#: Runs of the tests: a name, the file, the virtual environment whose Python runs it, more variables. Longest first.
RUNS = [
    ("cli-2", "test_cli", "current", {"AWS_CLI": "/usr/bin/aws"}),
    ("cli-1", "test_cli", "current", {"AWS_CLI": "{made}/current/bin/aws"}),
    ("boto3", "test_boto3", "current", {}),
    ("bounds", "test_bounds", "current", {}),
    ("throttling", "test_throttling", "current", {}),
    ("failures", "test_failures", "current", {}),
    ("js", "test_js", "current", {}),
    ("rust", "test_rust", "current", {}),
    ("botocore-2020", "test_old", "2020", {}),
    ("botocore-2025", "test_old", "2025", {}),
]
#: People of project `chat`, and a stranger to it.
PEOPLE = [("ann", "chat", "member"), ("rita", "chat", "reader"), ("otto", "chat", "onlooker"), ("carol", "gamma", "member"),
          ("root", "chat", "admin")]
#: What is asked for until the server says stop.
SLOW = ["cli-1", "cli-2", "boto3", "js", "rust", "all", "other"]


class Server:
    """A salon with accounts for the tests."""

    def __init__(self, place, name, settings=""):
        self.home = place.dir / name
        self.home.mkdir()
        self.config = servers.write(self.home / "salon.toml", f"""[server]
listen = ["127.0.0.1:0"]
data_dir = "{self.home}/data"
port_file = "{self.home}/port"
""" + settings)
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("SALON_", "AWS_"))}
        process, log = place.start(name, [servers.binary(), "serve", "--config", self.config], self.env, self.home)
        port = self.home / "port"
        end = time.monotonic() + servers.STARTUP
        while not (port.exists() and port.read_text().strip()):
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"{name} does not start\n{servers.tail(log)}")
            time.sleep(0.02)
        self.url = f"http://{port.read_text().strip()}"
        self.log = log

    def say(self, *command):
        """A command of the binary on the data of the running server; what it prints, read as JSON when it is."""
        done = subprocess.run([servers.binary(), *command, "--config", self.config], stdin=subprocess.DEVNULL, env=self.env,
                              cwd=self.home, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"salon {' '.join(command)}: exit {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout) if "--json" in command else done.stdout

    def person(self, name, project, role):
        """A user with a role on a project: its access key."""
        self.say("user", "create", name, "--project", project, "--role", role, "--generate-password")
        key = self.say("key", "create", "--user", name, "--project", project, "--json")
        return {"id": key["id"], "secret": key["secret"]}

    def account(self, name, project="chat"):
        """An Enterprise account: its id."""
        return self.say("chime", "account", "create", "--name", name, "--project", project, "--json")["id"]

    def people(self, account):
        """Two people in an account, for clients that are older than CreateUser: their ids."""
        return [self.say("chime", "user", "create", "--account", account, "--email", f"{name}@old.example.com", "--json")["id"]
                for name in ("a", "b")]


def authority(folder):
    """A certificate authority and a certificate for 127.0.0.1, for the endpoint of a bot."""
    folder.mkdir()
    ca, key, cert = folder / "ca.pem", folder / "key.pem", folder / "cert.pem"
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-batch"]
    for command in (
        [*new, "-subj", "/CN=Salon test authority", "-keyout", folder / "ca.key", "-out", ca],
        [*new, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE",
         "-CA", ca, "-CAkey", folder / "ca.key", "-keyout", key, "-out", cert],
    ):
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return {"ca": str(ca), "key": str(key), "cert": str(cert)}


def settings(tls):
    """Of the server that the tests share."""
    return f"""[chime]
enabled = true
prefixes = ["/console"]
requests_per_second = 0
bot_networks = ["127.0.0.1/32"]
bot_ports = []
bot_cafile = "{tls['ca']}"
"""


def slow_settings():
    """Of the server that says stop."""
    return """[chime]
enabled = true
requests_per_second = 4
burst = 2
"""


def broken_settings():
    """Of the server whose database the tests take away."""
    return """[chime]
enabled = true
requests_per_second = 0
"""


def start(place, made):
    """Starts the servers and answers what the tests are told."""
    tls = authority(place.dir / "tls")
    salon = Server(place, "salon", settings(tls))
    for project in ("chat", "gamma"):
        salon.say("project", "create", project)
    salon.say("role", "create", "onlooker")
    keys = {name: salon.person(name, project, role) for name, project, role in PEOPLE}
    accounts = {name: salon.account(f"Enterprise {name}") for name, _, _, _ in RUNS}
    accounts.update({name: salon.account(f"Enterprise {name}") for name in ("everything", "limits")})
    people = {name: salon.people(accounts[name]) for name, test, _, _ in RUNS if test == "test_old"}
    slow = Server(place, "slow", slow_settings())
    for name in SLOW:
        slow.say("project", "create", name)
        keys[f"slow {name}"] = slow.person(name, name, "member")
        accounts[f"slow {name}"] = slow.account(name, name)
    broken = Server(place, "broken", broken_settings())
    broken.say("project", "create", "broken")
    keys["broken"] = broken.person("ben", "broken", "member")
    accounts["broken"] = broken.account("Broken", "broken")
    database = str(broken.home / "data" / "salon.db")
    return {"url": salon.url, "slow": slow.url, "broken": {"url": broken.url, "database": database}, "keys": keys, "accounts": accounts, "made": str(made), "tls": tls,
            "region": REGION, "people": people}


def main():
    """The command line."""
    parser = argparse.ArgumentParser(prog="conformance/clients/aws/run", description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*", help=f"only runs whose name contains one of these (there are: {', '.join(n for n, _, _, _ in RUNS)})")
    parser.add_argument("-k", help="only tests whose name contains this")
    options = parser.parse_args()
    made = pathlib.Path(os.environ["AWS_ENVIRONMENT"])
    for tool, package in (("/usr/bin/aws", "awscli"), ("/usr/bin/faketime", "faketime"), ("/usr/bin/openssl", "openssl")):
        if not os.access(tool, os.X_OK):
            raise SystemExit(f"{tool} is missing: apt-get install {package}")
    wanted = [run for run in RUNS if not options.names or any(n in run[0] for n in options.names)]
    bad = 0
    with contextlib.ExitStack() as stack:
        place = servers.Place(stack, "aws")
        told = start(place, made)
        waiting, running = list(wanted), []
        while waiting or running:
            while waiting and len(running) < max(2, os.cpu_count() or 1):
                running.append(begin(stack, place, told, options, *waiting.pop(0)))
            time.sleep(0.05)
            for one in list(running):
                name, process, log, began = one
                if process.poll() is None and time.monotonic() < began + SECONDS:
                    continue
                servers.stop(process)
                running.remove(one)
                text = log.read_text(errors="replace")
                # A run without a test is no success.
                if process.returncode or not re.search(r"^Ran [1-9]", text, re.M):
                    bad += 1
                    print("\n".join(f"[aws {name}] {line}" for line in text.splitlines()[-200:]))
                for counts in re.findall(r"(?:^|\.\.\. )counts: (\d.+)$", text, re.M):
                    print(f"[aws] {name}: {counts}")
                print(f"[aws] {name}: {' '.join(text.strip().splitlines()[-3:])}", flush=True)
        for server in ("salon", "slow", "broken"):
            text = (place.dir / f"{server}.log").read_text(errors="replace")
            if "panic" in text:
                bad += 1
                print(f"[aws] {server} panicked\n{text}")
            for name, key in told["keys"].items():
                if key["secret"] in text:
                    bad += 1
                    print(f"[aws] the log of {server} has the secret key of {name}")
        place.keep = bool(bad)
    return 1 if bad else 0


def begin(stack, place, told, options, name, test, venv, more):
    """Starts one run."""
    home = place.dir / f"home-{name}"
    home.mkdir()
    made = pathlib.Path(told["made"])
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SALON_", "OS_"))}
    env.update(HOME=str(home), CONFORMANCE=json.dumps(dict(told, run=name)), PYTHONPATH=str(HERE), PYTHONDONTWRITEBYTECODE="1",
               AWS_EC2_METADATA_DISABLED="true", AWS_PAGER="", AWS_DEFAULT_REGION=REGION, NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")
    env.update({k: v.format(made=made) for k, v in more.items()})
    for script in (HERE / "js").glob("*.mjs"):
        shutil.copy(script, made / "js")
    log = place.dir / f"{name}.log"
    command = [made / venv / "bin" / "python", "-W", "ignore", "-m", "unittest", "-v", test] + (["-k", options.k] if options.k else [])
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=home, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
    stack.callback(servers.stop, process)
    return name, process, log, time.monotonic()


if __name__ == "__main__":
    sys.exit(main())
