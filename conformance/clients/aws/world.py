"""What the tests of AWS's clients share. It runs on every one of their Pythons and imports no client."""

import json
import os
import re
import subprocess
import unittest
import uuid

TOLD = json.loads(os.environ["CONFORMANCE"])
URL, SLOW = TOLD["url"], TOLD["slow"]
RUN = TOLD["run"]
KEYS, ACCOUNTS = TOLD["keys"], TOLD["accounts"]
#: The account of this run, if it has one of its own.
ACCOUNT = ACCOUNTS.get(RUN, "")
REGION = TOLD["region"]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def absent():
    """An id that nothing has."""
    return str(uuid.uuid4())


def variables(who="ann", url=URL, **more):
    """The environment of a client that calls as `who`."""
    env = dict(os.environ, AWS_ACCESS_KEY_ID=KEYS[who]["id"], AWS_SECRET_ACCESS_KEY=KEYS[who]["secret"],
               AWS_ENDPOINT_URL_CHIME=url, ACCOUNT=ACCOUNT)
    env.update(more)
    return env


class Program(unittest.TestCase):
    """A scenario of a program in another language."""

    def scenario(self, command, env):
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=120)
        text = done.stdout.decode("utf-8", "replace")
        self.assertEqual(done.returncode, 0, text)
        # A program that ends early without an error has shown nothing.
        self.assertEqual(text.strip().splitlines()[-1], "ok " + command[-1], text)
