"""conformance/description/run: does the server do what its OpenAPI description says, and nothing worse?

schemathesis reads the served document and makes up requests from it, valid ones and broken ones, alone and in chains that follow the
document's links. Each answer is held to the document: its status, its media type, its schema; no 5xx; nothing without a token.
"""

import argparse
import contextlib
import json
import os
import pathlib
import random
import subprocess
import sys

from . import people, servers
from .wire import call

HERE = pathlib.Path(__file__).parent.parent / "description"
#: What the description cannot promise, and why.
LEFT_OUT = {
    "positive_data_acceptance": "a description does not know of markers that are gone, sort keys twice, formats that do not go together",
}
SECONDS = 1800


def main():
    """The command line."""
    parser = argparse.ArgumentParser(prog="conformance/description/run", description=__doc__.split("\n\n")[0])
    parser.add_argument("--program", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--examples", type=int, default=20, help="requests made up for each operation, at most (default 20)")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SALON_SEED") or random.SystemRandom().randrange(1 << 32)))
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        place = servers.Place(stack, "description")
        url, auth, passwords, home = servers.salon(place, "salon-description")
        token = people.People(auth, passwords).token("alice")
        report = place.dir / "report.json"
        env = {k: v for k, v in os.environ.items() if k.lower() not in ("http_proxy", "https_proxy")}
        done = subprocess.run(
            [options.program, "run", f"{url}/salon/openapi.json", "--header", f"X-Auth-Token: {token}", "--seed", str(options.seed),
             "--max-examples", str(options.examples), "--exclude-checks", ",".join(LEFT_OUT), "--continue-on-failure",
             # A machine that has much else to do is no finding.
             "--suppress-health-check", "too_slow", "--report-json-path", str(report), "--warnings", "off"],
            cwd=place.dir, env=env | {"HOME": str(place.dir), "NO_COLOR": "1", "COLUMNS": "160", "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE),
                                    "PYTHONDONTWRITEBYTECODE": "1"}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS)
        text = done.stdout.decode("utf-8", "replace")
        panics = [line for line in call(url, "GET", "/metrics").text.splitlines() if line.startswith("salon_http_panics_total")]
        wrong = done.returncode != 0 or not panics or any(not line.endswith(" 0") for line in panics)
        print("\n".join(f"[description] {line}" for line in (text if wrong else text[text.rfind("=== SUMMARY"):]).splitlines()))
        print(f"[description] seed {options.seed}, {' '.join(panics)}, {'WRONG' if wrong else 'nothing wrong'}", flush=True)
        place.keep = wrong
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
