"""PostgreSQL and MariaDB of the tests, and statements for them by their own clients."""

import os
import pathlib
import re
import subprocess
import tempfile
import urllib.parse

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "ci" / "databases.sh"
VARIABLES = {"postgres": "SALON_TEST_POSTGRES_URL", "mariadb": "SALON_TEST_MARIADB_URL"}


def start(stack, *how):
    """Starts both until the stack ends; the addresses of the administrator's databases, and the folder they are in."""
    # Below /tmp, because the user that they run as must be able to go there.
    folder = tempfile.mkdtemp(prefix="salon-databases-")
    os.chmod(folder, 0o755)
    stack.callback(subprocess.run, [SCRIPT, "stop", folder], check=False)
    said = subprocess.run([SCRIPT, "start", folder, *how], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True).stdout
    return {name: re.search(f"{variable}='([^']+)'", said)[1] for name, variable in VARIABLES.items()}, folder


def run(url, sql):
    """Runs a statement in the database at an address."""
    at = urllib.parse.urlsplit(url)
    command = (["psql", "-q", "-v", "ON_ERROR_STOP=1", url, "-c", sql] if at.scheme == "postgresql" else
               ["mariadb", "--no-defaults", "--protocol=tcp", "-h", at.hostname, "-P", str(at.port), "-u", at.username,
                *([f"--password={at.password}"] if at.password else []), at.path[1:], "-e", sql])
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{at.scheme}: {sql}: {done.stderr}")


def beside(url, name):
    """The address of another database of the same server."""
    return urllib.parse.urlsplit(url)._replace(path=f"/{name}").geturl()
