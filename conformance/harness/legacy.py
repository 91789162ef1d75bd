"""conformance/legacy/run: clients that nobody makes any more, as their users have them, against Salon.

They are the Rackspace cloud's: pyrax and the shell lines of its guides log in to Identity v2.0 and use Cloud Images; Libcloud
uses both dialects. They run in an environment of their own, with the packages of their time; test_today.py has clients of today
that log in the old way.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

from . import clients, people, servers

HERE = pathlib.Path(__file__).parent.parent / "legacy"
CLIENTS = HERE.parent / "clients"
NAMES = ("alice", "bob", "admin")


def start(place):
    """Starts Salon as its user would and answers what the tests are told."""
    url, auth, passwords, home = servers.salon(place, "salon-legacy")
    data = home / "data"
    known = people.People(auth, passwords)
    return {"url": url, "server": "salon", "region": servers.REGION.upper(), "region_v3": servers.REGION, "identity": f"{url}/identity",
            "rackspace": f"{url}/rackspace", "containers": str(data / "containers"),
            "files": {name: str(data / f"pyrax-{name}.cfg") for name in NAMES},
            "passwords": {name: passwords[name] for name in NAMES},
            "projects": {name: known.login(name)[1]["project"]["id"] for name in NAMES}}


def main():
    """The command line."""
    parser = argparse.ArgumentParser(prog="conformance/legacy/run", description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*", help="only test files whose name contains one of these")
    parser.add_argument("--python", required=True, help="the interpreter of the old clients' environment")
    options = parser.parse_args()
    tests = [t for t in sorted(HERE.glob("test_*.py")) if not options.names or any(n in t.stem for n in options.names)]
    for tool in ("bash", "curl"):
        if not shutil.which(tool):
            raise SystemExit(f"{tool} is missing: apt-get install {tool}")
    bad = 0
    with contextlib.ExitStack() as stack:
        place = servers.Place(stack, "legacy")
        told = dict(start(place), images=clients.images(place.dir / "images"))
        running = []
        for test in tests:
            home = place.dir / f"home-{test.stem}"
            home.mkdir()
            env = {k: v for k, v in os.environ.items() if not k.startswith("OS_") and k.lower() not in ("http_proxy", "https_proxy")}
            env.update(HOME=str(home), CONFORMANCE=json.dumps(told), PYTHONWARNINGS="ignore", PYTHONPATH=f"{HERE}:{CLIENTS}",
                       PYTHONDONTWRITEBYTECODE="1")
            log = place.dir / f"{test.stem}.log"
            python = sys.executable if test.stem == "test_today" else options.python
            with log.open("wb") as out:
                process = subprocess.Popen([python, "-m", "unittest", "-v", test.stem], cwd=home, env=env,
                                           stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
            stack.callback(servers.stop, process)
            running.append((test.stem, process, log))
        for test, process, log in running:
            try:
                process.wait(clients.SECONDS)
            except subprocess.TimeoutExpired:
                servers.stop(process)
            text = log.read_text(errors="replace")
            if process.returncode != 0:
                bad += 1
                print("\n".join(f"[legacy {test}] {line}" for line in text.splitlines()[-200:]))
            print(f"[legacy] {test}: {' '.join(text.strip().splitlines()[-3:])}", flush=True)
        place.keep = bool(bad)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
