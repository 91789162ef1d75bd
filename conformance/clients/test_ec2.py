"""Requests signed as AWS clients sign them, with keys that the identity keeps: Keystone's EC2 credentials, or Salon's own."""

import configparser
import datetime
import hashlib
import hmac
import http.client
import json
import pathlib
import unittest
import urllib.parse
import uuid

import openstack

from world import TOLD

OWN = pathlib.Path(TOLD["clouds"]).with_name("aws-credentials")


def key(name):
    """An access key of a user in its project: (id, secret)."""
    if OWN.exists():
        file = configparser.ConfigParser()
        file.read(OWN)
        return file[name]["aws_access_key_id"], file[name]["aws_secret_access_key"]
    cloud = openstack.connect(cloud=name)
    made = cloud.identity.post(f"/users/{cloud.current_user_id}/credentials/OS-EC2", json={"tenant_id": cloud.current_project_id})
    return made.json()["credential"]["access"], made.json()["credential"]["secret"]


def send(access, method, target, body=None):
    """Signs and sends a request: (status, error's name, answer)."""
    known, secret = access
    at = urllib.parse.urlsplit(TOLD["url"])
    body = json.dumps(body).encode() if body is not None else b""
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/regionOne/chime/aws4_request"
    path, _, query = target.partition("?")
    canonical = "\n".join([method, path, query, f"host:{at.netloc}", f"x-amz-date:{stamp}", "", "host;x-amz-date",
                           hashlib.sha256(body).hexdigest()])
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    signing = b"AWS4" + secret.encode()
    for part in [*scope.split("/"), text]:
        signing = hmac.new(signing, part.encode(), hashlib.sha256).digest()
    headers = {"X-Amz-Date": stamp, "Content-Type": "application/json",
               "Authorization": f"AWS4-HMAC-SHA256 Credential={known}/{scope}, SignedHeaders=host;x-amz-date, Signature={signing.hex()}"}
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=60)
    try:
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, answer.getheader("x-amzn-ErrorType"), json.loads(text) if text else None
    finally:
        connection.close()


def presigned(access, target, seconds):
    """A path with a signature in its query, as boto3's generate_presigned_url makes it."""
    known, secret = access
    host = urllib.parse.urlsplit(TOLD["url"]).netloc
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/us-east-1/chime/aws4_request"
    query = urllib.parse.urlencode(sorted({"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": f"{known}/{scope}", "X-Amz-Date": stamp,
                                           "X-Amz-Expires": str(seconds), "X-Amz-SignedHeaders": "host"}.items()), quote_via=urllib.parse.quote, safe="")
    canonical = "\n".join(["GET", target, query, f"host:{host}", "", "host", hashlib.sha256(b"").hexdigest()])
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    signing = b"AWS4" + secret.encode()
    for part in [*scope.split("/"), text]:
        signing = hmac.new(signing, part.encode(), hashlib.sha256).digest()
    return f"{target}?{query}&X-Amz-Signature={signing.hex()}"


def fetch(method, target):
    """A request without headers of its own: (status, error's name)."""
    at = urllib.parse.urlsplit(TOLD["url"])
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=60)
    try:
        connection.request(method, target)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("x-amzn-ErrorType")
    finally:
        connection.close()


class Keys(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.alice, cls.bob, cls.admin = key("alice"), key("bob"), key("admin")

    def account(self):
        status, _, said = send(self.alice, "POST", "/accounts", {"Name": f"Team {uuid.uuid4().hex[:8]}"})
        self.assertEqual(status, 201, said)
        return said["Account"]["AccountId"]

    def test_a_key_acts_as_its_user_in_its_project(self):
        account = self.account()
        self.assertEqual(send(self.alice, "GET", f"/accounts/{account}")[0], 200)
        self.assertIn(account, [a["AccountId"] for a in send(self.alice, "GET", "/accounts")[2]["Accounts"]])
        self.assertEqual(send(self.bob, "GET", f"/accounts/{account}")[:2], (404, "NotFoundException"))
        self.assertEqual(send(self.admin, "GET", f"/accounts/{account}")[0], 200)

    def test_the_query_of_a_post_is_signed_too(self):
        """Keystone's own check of a signature leaves it out."""
        target = f"/accounts/{self.account()}?operation=associate-signin-delegate-groups"
        self.assertEqual(send(self.alice, "POST", target, {"SigninDelegateGroups": [{"GroupName": "helpers"}]})[0], 200)
        status, _, said = send(self.alice, "GET", target.partition("?")[0])
        self.assertEqual((status, said["Account"]["SigninDelegateGroups"]), (200, [{"GroupName": "helpers"}]))

    def test_an_address_can_be_signed_beforehand(self):
        target = presigned(self.alice, f"/accounts/{self.account()}", 60)
        self.assertEqual(fetch("GET", target), (200, None))
        self.assertEqual(fetch("DELETE", target), (403, "IncompleteSignatureException"))
        self.assertEqual(fetch("GET", target.replace("X-Amz-Expires=60", "X-Amz-Expires=61")), (403, "InvalidSignatureException"))
        self.assertEqual(fetch("GET", presigned(self.alice, "/accounts", 604801)), (403, "IncompleteSignatureException"))

    def test_other_keys_are_refused(self):
        wrong = self.alice[0], self.bob[1]
        self.assertEqual(send(wrong, "GET", "/accounts")[:2], (403, "InvalidSignatureException"))
        for made_up in ("AKIDEXAMPLE", uuid.uuid4().hex):
            self.assertEqual(send((made_up, "x"), "GET", "/accounts")[:2], (403, "UnrecognizedClientException"))


if __name__ == "__main__":
    unittest.main()
