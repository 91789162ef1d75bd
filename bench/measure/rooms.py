"""Chat rooms: signed requests of the Chime API. There is no other server to measure beside."""

import datetime
import hashlib
import hmac
import json
import re
import urllib.parse

from . import load

MEMBERS = 1000
REGION = "us-east-1"


class Signer:
    """Requests with the key of one of the sample users."""

    def __init__(self, server, name="alice"):
        self.base = server.base
        text = (server.home / "data" / "aws-credentials").read_text().split(f"[{name}]\n")[1]
        self.key, self.secret = (re.search(rf"^{which} = (\S+)$", text, re.M)[1] for which in ("aws_access_key_id", "aws_secret_access_key"))

    def build(self, method, target, body=None):
        """A whole request as bytes, signed for this minute."""
        data = b"" if body is None else json.dumps(body).encode()
        host = urllib.parse.urlsplit(self.base).netloc
        stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{stamp[:8]}/{REGION}/chime/aws4_request"
        path, _, query = target.partition("?")
        query = "&".join(sorted(part if "=" in part else part + "=" for part in query.split("&") if part))
        canonical = f"{method}\n{path}\n{query}\nhost:{host}\nx-amz-date:{stamp}\n\nhost;x-amz-date\n{hashlib.sha256(data).hexdigest()}"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signing = ("AWS4" + self.secret).encode()
        for part in (stamp[:8], REGION, "chime", "aws4_request"):
            signing = hmac.new(signing, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(signing, text.encode(), hashlib.sha256).hexdigest()
        head = (f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nX-Amz-Date: {stamp}\r\nAuthorization: AWS4-HMAC-SHA256 "
                f"Credential={self.key}/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}\r\n")
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        return head.encode() + b"\r\n" + data

    def ask(self, method, target, body=None, expect=200):
        """The JSON of an answer."""
        connection = load.Connection(self.base)
        status, answer = connection.ask(self.build(method, target, body))
        connection.close()
        if status != expect:
            raise SystemExit(f"bench: {status} instead of {expect}: {method} {target}: {answer[:300]!r}")
        return json.loads(answer) if answer else None


def quote(text):
    return urllib.parse.quote(text, safe="-_.~")


def measure(meter, scale):
    """The rows of rooms: pages of a long guest list, and one membership made and removed."""
    signer = Signer(meter.server)
    account = "/accounts/" + signer.ask("GET", "/accounts")["Accounts"][0]["AccountId"]
    people = [signer.ask("POST", f"{account}/users?operation=create", {"Email": f"p{number}@bench.example.com"}, 201)["User"]["UserId"]
              for number in range(MEMBERS)]

    def room(name):
        made = signer.ask("POST", f"{account}/rooms", {"Name": name}, 201)["Room"]["RoomId"]
        return f"{account}/rooms/{made}/memberships"

    full = room("full")
    for start in range(0, MEMBERS, 50):
        items = [{"MemberId": one} for one in people[start:start + 50]]
        signer.ask("POST", f"{full}?operation=batch-create", {"MembershipItemList": items}, 201)
    target, token = f"{full}?max-results=99", ""
    while True:
        token = signer.ask("GET", target).get("NextToken")
        if not token:
            break
        target = f"{full}?max-results=99&next-token={quote(token)}"
    few = max(40, scale // 2)
    for name, page in (("first page of members", f"{full}?max-results=99"), ("last page of members", target)):
        meter.requests(name, [signer.build("GET", page)] * few, 4, warm=few // 10)

    count = scale + scale // 10
    rooms = [room(f"measured {number}") for number in range(-(-count // MEMBERS))]
    where = [(rooms[number // MEMBERS], people[number % MEMBERS]) for number in range(count)]
    meter.requests("create membership", [signer.build("POST", list_, {"MemberId": one}) for list_, one in where], 4, 201, warm=scale // 10)
    meter.requests("delete membership", [signer.build("DELETE", f"{list_}/{one}") for list_, one in where], 4, 204, warm=scale // 10)
