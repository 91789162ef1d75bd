"""A server that cannot: what its clients make of 500 and 503, with failures that are real, and of a key that is no good any
more. Nothing is kept of a request that failed, and once the cause is gone everything goes on."""

import contextlib
import os
import sqlite3
import subprocess
import unittest

import botocore.exceptions

from model import client, protocol, send
from world import ACCOUNTS, KEYS, TOLD, Program, variables

URL, DATABASE = TOLD["broken"]["url"], TOLD["broken"]["database"]
HERE = {"AccountId": ACCOUNTS["broken"]}


@contextlib.contextmanager
def missing(table):
    """A schema that is not the server's: a statement that it sends is refused."""
    database = sqlite3.connect(DATABASE, timeout=60, isolation_level=None)
    database.execute(f"ALTER TABLE {table} RENAME TO {table}_elsewhere")
    try:
        yield
    finally:
        database.execute(f"ALTER TABLE {table}_elsewhere RENAME TO {table}")
        database.close()


@contextlib.contextmanager
def held():
    """Somebody else writes and does not come to an end."""
    database = sqlite3.connect(DATABASE, timeout=60, isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        database.execute("ROLLBACK")
        database.close()


class Failures(Program):
    def setUp(self):
        self.chime = client("broken", URL)

    def refused(self, error, status, code, call, **arguments):
        with self.assertRaises(getattr(self.chime.exceptions, error)) as caught:
            call(**arguments)
        answer = caught.exception.response
        self.assertEqual((answer["Error"]["Code"], answer["Code"]), (error, code))
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], status)
        self.assertTrue(answer["ResponseMetadata"]["RequestId"])
        self.assertNotIn("rooms", answer["Message"], "the client's words name no table")
        return answer

    def others(self, name):
        """The same by the SDKs for JavaScript and Rust."""
        made, env = TOLD["made"], variables("broken", URL, ACCOUNT=HERE["AccountId"])
        self.scenario([made + "/current/bin/node", "--no-warnings", made + "/js/client.mjs", name], env)
        self.scenario([made + "/rust/debug/salon-aws-client", name], env)

    def rooms(self):
        return [room["Name"] for room in self.chime.list_rooms(**HERE)["Rooms"]]

    def test_a_defect_is_a_service_failure(self):
        before = self.rooms()
        with missing("rooms"):
            self.refused("ServiceFailureException", 500, "ServiceFailure", self.chime.list_rooms, **HERE)
            self.refused("ServiceFailureException", 500, "ServiceFailure", self.chime.create_room, Name="never", **HERE)
            self.assertEqual(protocol(*send("GET", f"/accounts/{HERE['AccountId']}/rooms", who="broken", url=URL)), [])
            self.others("failing")
        self.assertEqual(self.rooms(), before)

    def test_a_database_that_does_not_answer_is_unavailable(self):
        before = self.rooms()
        with held():
            answer = self.refused("ServiceUnavailableException", 503, "ServiceUnavailable", self.chime.create_room,
                                  Name="never", **HERE)
            self.assertGreaterEqual(int(answer["ResponseMetadata"]["HTTPHeaders"]["retry-after"]), 1)
            self.others("unavailable")
            self.assertEqual(self.rooms(), before, "reading goes on")
        self.assertEqual(self.rooms(), before)
        self.chime.create_room(Name="afterwards", **HERE)
        self.assertEqual(self.rooms(), [*before, "afterwards"])

    def test_boto3_tries_again_by_itself(self):
        """With its defaults a 500 is no end: after the cause the same call succeeds."""
        patient = client("broken", URL, retries={"mode": "standard", "total_max_attempts": 3})
        attempts = []
        patient.meta.events.register("before-send.chime.ListRooms", lambda **_: attempts.append(1))
        with missing("rooms"):
            with self.assertRaises(patient.exceptions.ServiceFailureException):
                patient.list_rooms(**HERE)
        self.assertEqual(len(attempts), 3)
        patient.list_rooms(**HERE)


class Presigned(unittest.TestCase):
    """Addresses that botocore signs, taken by something that knows nothing of AWS."""

    #: Prints an address with the clock of whoever runs it.
    SCRIPT = """
import sys
from model import client
address = client("ann").generate_presigned_url("list_rooms", Params={"AccountId": sys.argv[1], "MaxResults": 5},
                                               ExpiresIn=int(sys.argv[2]), HttpMethod="GET")
print(address)
"""

    def address(self, expires, clock=None):
        command = [TOLD["made"] + "/current/bin/python", "-c", self.SCRIPT, ACCOUNTS["boto3"], str(expires)]
        if clock:
            command = ["/usr/bin/faketime", "--exclude-monotonic", "-f", clock, *command]
        done = subprocess.run(command, env=os.environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def curl(self, address, *options):
        done = subprocess.run(["curl", "--silent", "--show-error", "--max-time", "30", "--include", *options, address],
                              stdin=subprocess.DEVNULL, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        head, _, body = done.stdout.decode().partition("\r\n\r\n")
        lines = head.split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:])
        return int(lines[0].split()[1]), headers.get("x-amzn-errortype"), body

    def test_an_address_is_good_until_it_expires(self):
        address = self.address(300)
        self.assertIn("X-Amz-Signature=", address)
        status, _, body = self.curl(address)
        self.assertEqual(status, 200, body)
        self.assertIn('"Rooms"', body)
        # Ten minutes old: within the window of clocks, so what counts is how long it was to be good for.
        expired = self.curl(self.address(300, "-10m"))
        self.assertEqual(expired[:2], (403, "invalidsignatureexception"), expired)
        # Forty minutes old: outside of that window, and still good.
        self.assertEqual(self.curl(self.address(3600, "-40m"))[0], 200)
        self.assertEqual(self.curl(self.address(604801))[0], 403)

    def test_an_address_is_good_for_one_thing(self):
        address = self.address(300)
        for changed in (address.replace("max-results=5", "max-results=6"), address + "&member-id=x",
                        address.replace("/rooms", "/users"), address.replace("X-Amz-Expires=300", "X-Amz-Expires=3000")):
            self.assertNotEqual(changed, address)
            self.assertEqual(self.curl(changed)[:2], (403, "invalidsignatureexception"), changed)
        for method in ("POST", "DELETE", "PUT"):
            self.assertEqual(self.curl(address, "--request", method)[0], 403, method)


class Keys(unittest.TestCase):
    def test_a_key_that_nobody_has(self):
        """Signatures have refusals of their own, which the model does not declare: a plain error with their name."""
        KEYS["no key"] = {"id": "AKIDNOBODYHASTHIS", "secret": "x" * 40}
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            client("no key").list_accounts()
        self.assertEqual(caught.exception.response["Error"]["Code"], "UnrecognizedClientException")
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 403)


if __name__ == "__main__":
    unittest.main()
