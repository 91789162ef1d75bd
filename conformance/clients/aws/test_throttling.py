"""A caller that asks too much, by boto3: on every operation the same refusal, with hints when to come again."""

import json
import unittest

import boto3

from model import Scene, client, protocol, send, wire
from world import ACCOUNTS, KEYS, REGION, SLOW

#: More than the server allows at once.
ENOUGH = 1000


class Throttling(unittest.TestCase):
    def test_every_operation(self):
        scene = Scene.made_up(ACCOUNTS["slow all"])
        for operation, arguments in scene.arguments().items():
            method, target, body = wire(operation, arguments)
            body = json.dumps(body).encode() if body is not None else b""
            for _ in range(ENOUGH):
                status, headers, answer = send(method, target, body, who="slow all", url=SLOW)
                if status == 429:
                    break
            with self.subTest(operation):
                self.assertEqual((status, headers.get("x-amzn-errortype")), (429, "ThrottledClientException"), answer)
                self.assertEqual(json.loads(answer)["Code"], "Throttled")
                self.assertEqual(protocol(status, headers, answer), [])
                self.assertGreaterEqual(int(headers["retry-after"]), 1)
                self.assertGreaterEqual(int(headers["x-amz-retry-after"]), 1)

    def test_one_caller_does_not_slow_another_down(self):
        for _ in range(ENOUGH):
            if send("GET", "/accounts", who="slow all", url=SLOW)[0] == 429:
                break
        else:
            self.fail("nobody said stop")
        self.assertEqual(send("GET", "/accounts", who="slow other", url=SLOW)[0], 200)

    def test_what_boto3_does(self):
        """Its older mode tries again until it is let in; the newer one, the default by now, leaves that to the caller."""
        who = "slow boto3"
        newer = boto3.client("chime", endpoint_url=SLOW, region_name=REGION, aws_access_key_id=KEYS[who]["id"],
                             aws_secret_access_key=KEYS[who]["secret"])
        with self.assertRaises(newer.exceptions.ThrottledClientException) as caught:
            for _ in range(ENOUGH):
                newer.list_accounts()
        self.assertEqual(caught.exception.response["Code"], "Throttled")
        self.assertEqual(caught.exception.response["ResponseMetadata"]["RetryAttempts"], 0)
        older = client(who, SLOW, retries={"mode": "legacy"})
        self.assertTrue(any(older.list_accounts()["ResponseMetadata"]["RetryAttempts"] for _ in range(ENOUGH)))


if __name__ == "__main__":
    unittest.main()
