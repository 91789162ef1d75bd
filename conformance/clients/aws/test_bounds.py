"""Every bound of the model, violated one at a time. Clients check few of them, so each is the server's to refuse."""

import json
import unittest

from model import MODEL, OPERATIONS, Scene, call, client, protocol, quote, send, wire
from world import absent

#: A text that a pattern does not have.
AGAINST = {
    r".*\S.*": ["", " ", "\t\n"],
    r".+@.+\..+": ["", "nobody", "@example.com", "a@b"],
    r"[-_a-zA-Z0-9]*": ["with space", "\u00e9t\u00e9", "a/b", "a\nb"],
}
LABELS = ["", "%20", "%09", ".", "..", "%2E", "%2e%2e"]
NUMBERS = ["x", "", "1.5", "0x10", "99999999999999999999999", " 1"]


def strings(shape):
    """Texts that break a shape's bounds."""
    if shape.enum:
        yield from ("Wrong", shape.enum[0].lower(), shape.enum[0] + " ", "")
        return
    pattern = shape.metadata.get("pattern")
    if pattern:
        yield from AGAINST[pattern]
    if shape.metadata.get("min", 0) > 0:
        yield "x" * (shape.metadata["min"] - 1)
    if "max" in shape.metadata:
        yield "x" * (shape.metadata["max"] + 1)


def broken(shape, value, at):
    """(what was done, value) for a value in a body."""
    kind = shape.type_name
    others = {"string": [7, True, ["x"], {}], "boolean": ["true", 1, []], "integer": ["7", 1.5, True, []],
              "list": ["x", {}, 7], "structure": ["x", [], 7]}[kind]
    for other in others:
        yield f"{at} is {json.dumps(other)}", other
    if kind == "string":
        for text in strings(shape):
            yield f"{at} is {text[:20]!r} ({len(text)})", text
    elif kind == "integer":
        for number in (shape.metadata["min"] - 1, shape.metadata["max"] + 1, -1, 1 << 70):
            yield f"{at} is {number}", number
    elif kind == "list":
        if "max" in shape.metadata:
            yield f"{at} is too long", value * (shape.metadata["max"] + 1)
        if shape.metadata.get("min"):
            yield f"{at} is empty", []
        yield f"{at} has null", [None]
        for what, item in broken(shape.member, value[0], f"{at}[0]"):
            yield what, [item, *value[1:]]
    elif kind == "structure":
        yield from members(shape, value, at, lambda _: True)


def members(shape, value, at, wanted):
    """The same, for the wanted members of a structure."""
    for name in shape.required_members:
        if wanted(shape.members[name]):
            yield f"{at}.{name} is missing", {k: v for k, v in value.items() if k != name}
            yield f"{at}.{name} is null", {**value, name: None}
    for name, member in shape.members.items():
        if wanted(member) and name in value:
            for what, item in broken(member, value[name], f"{at}.{name}"):
                yield what, {**value, name: item}


def in_body(shape):
    return "location" not in shape.serialization


class Bounds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scene = Scene("bounds")
        cls.right = cls.scene.arguments()
        cls.right["ListUsers"]["UserEmail"] = cls.right["ListAccounts"]["UserEmail"] = "user-bounds@example.com"

    def rights(self):
        """Arguments that are right, with every member somewhere."""
        yield from self.right.items()
        # One of two.
        yield "PutEventsConfiguration", {"AccountId": self.scene.account, "BotId": self.scene.bot,
                                         "LambdaFunctionArn": "arn:aws:lambda:us-east-1:111122223333:function:x"}

    def refused(self, what, method, target, body):
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        status, headers, answer = send(method, target, body or b"")
        said = (status, headers.get("x-amzn-errortype"), answer)
        with self.subTest(what, target=target, body=(body or b"")[:300]):
            self.assertEqual(said[:2], (400, "BadRequestException"), said)
            self.assertEqual(json.loads(answer)["Code"], "BadRequest")
            self.assertEqual(protocol(status, headers, answer), [])

    def test_every_operation_and_member_is_tried(self):
        self.assertEqual(len(OPERATIONS), 43)
        self.assertEqual(set(self.right), set(OPERATIONS))
        tried = {}
        for operation, arguments in self.rights():
            tried.setdefault(operation, set()).update(arguments)
        for operation in OPERATIONS:
            # `NextToken` has no bound but that it is the server's own.
            missing = set(MODEL.operation_model(operation).input_shape.members) - tried[operation] - {"NextToken"}
            self.assertEqual(missing, set(), operation)

    def test_bodies(self):
        before = self.state()
        cases = 0
        for operation, right in self.rights():
            shape = MODEL.operation_model(operation).input_shape
            for what, arguments in members(shape, right, operation, in_body):
                cases += 1
                self.refused(what, *wire(operation, arguments))
            method, target, body = wire(operation, right)
            if body is not None:
                for text in (b"no json", b"[]", b'"x"', b"7", b"null", b"{", b'{"a":1}x', b"\xff\xfe", b'{"Name":"\xff"}'):
                    # `null` and an empty object are no violation where nothing is required.
                    if not (text == b"null" and not any(in_body(shape.members[m]) for m in shape.required_members)):
                        cases += 1
                        self.refused(f"{operation} with {text!r}", method, target, text)
        self.assertGreater(cases, 500)
        self.assertEqual(self.state(), before, "a refused request changed something")

    def test_paths(self):
        for operation in OPERATIONS:
            shape = MODEL.operation_model(operation).input_shape
            labels = [n for n, m in shape.members.items() if m.serialization.get("location") == "uri"] if shape else []
            for name in labels:
                for label in LABELS:
                    method, target, body = wire(operation, {**self.right[operation], name: "LABEL"})
                    if label == "" and target.split("?")[0].endswith("/LABEL"):
                        # A slash at the end; what the path is without it is another operation's, or nothing.
                        target = target.replace("LABEL", "")
                        status, headers, answer = send(method, target, json.dumps(body).encode() if body else b"")
                        self.assertEqual((status, headers["x-amzn-errortype"]), (400, "BadRequestException"), (target, answer))
                        continue
                    self.refused(f"{operation}: {name} is {label!r}", method, target.replace("LABEL", label), body)

    def test_queries(self):
        cases = 0
        for operation in OPERATIONS:
            shape = MODEL.operation_model(operation).input_shape
            for name, member in (shape.members.items() if shape else ()):
                if member.serialization.get("location") != "querystring":
                    continue
                right = {k: v for k, v in self.right[operation].items() if k != name}
                if name == "NextToken":
                    wrong = ["made-up", "AAAA", "\u00e9", "x" * 5000]
                elif member.type_name == "integer":
                    wrong = [*NUMBERS, member.metadata["min"] - 1, member.metadata["max"] + 1, -1]
                else:
                    wrong = list(strings(member))
                called = member.serialization["name"]
                for value in wrong:
                    method, target, body = wire(operation, right)
                    target += ("&" if "?" in target else "?") + f"{called}={quote(value)}"
                    cases += 1
                    self.refused(f"{operation}: {called} is {str(value)[:20]!r}", method, target, body)
        self.assertGreater(cases, 60)

    def test_unknown_operations(self):
        before = self.state()
        for operation in OPERATIONS:
            method, target, body = wire(operation, self.right[operation])
            if method == "POST":
                path = target.split("?")[0]
                for odd in ("unknown", "", "Create", "batch-create%20", "redact%00"):
                    self.refused(f"{operation} as {odd!r}", method, f"{path}?operation={odd}", body)
        self.assertEqual(self.state(), before, "an unknown operation changed something")

    def test_a_token_of_another_list(self):
        chime, here = self.scene.chime, self.scene.here
        chime.create_room(Name="second", **here)
        token = chime.list_rooms(MaxResults=1, **here)["NextToken"]
        for operation in ("ListUsers", "ListBots", "ListRoomMemberships"):
            self.refused(f"{operation} with a token of ListRooms", *wire(operation, {**self.right[operation], "NextToken": token}))
        self.refused("the same list of a member", *wire("ListRooms", {"AccountId": self.scene.account, "MemberId": self.scene.member,
                                                                      "NextToken": token}))
        middle = len(token) // 2
        forged = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1:]
        self.refused("a changed token", *wire("ListRooms", {"AccountId": self.scene.account, "NextToken": forged}))

    def test_what_the_model_does_not_bound(self):
        account = {"AccountId": self.scene.account}
        for name in ("", " ", "x" * 257, "a\u0000b", "a\nb"):
            self.refused(f"a room called {name[:9]!r}", *wire("CreateRoom", {**account, "Name": name}))
            self.refused(f"a room renamed {name[:9]!r}", *wire("UpdateRoom", {**account, "RoomId": self.scene.room, "Name": name}))
        self.refused("a long name of a bot", *wire("CreateBot", {**account, "DisplayName": "x" * 56, "Domain": "example.com"}))
        scene = self.scene
        call(scene.chime, "PutEventsConfiguration", **self.right["PutEventsConfiguration"])
        scene.chime.create_room_membership(RoomId=scene.room, MemberId=scene.bot, **scene.here)
        self.refused("a bot's role", *wire("UpdateRoomMembership", {**account, "RoomId": scene.room, "MemberId": scene.bot,
                                                                    "Role": "Administrator"}))
        token = absent()
        self.scene.chime.create_room(Name="one", ClientRequestToken=token, **self.scene.here)
        self.refused("a token with another name", *wire("CreateRoom", {**account, "Name": "two", "ClientRequestToken": token}))

    def test_a_body_that_is_too_big(self):
        method, target, _ = wire("CreateRoom", self.right["CreateRoom"])
        status, headers, answer = send(method, target, b'{"Name":"' + b"x" * (2 << 20) + b'"}')
        self.assertEqual(status, 413, answer)
        self.assertEqual(protocol(status, headers, answer), [])

    def test_what_is_right_succeeds(self):
        """None of the refusals above came from something else than what was broken."""
        unknown = {"Surprise": {"inside": [1, None]}}
        scene = Scene("right")
        for operation, arguments in scene.arguments().items():
            if operation.startswith("Delete"):
                continue
            method, target, body = wire(operation, arguments)
            data = json.dumps({**body, **unknown}).encode() if body is not None else b""
            status, headers, answer = send(method, target, data)
            with self.subTest(operation):
                self.assertIn(status, (200, 201, 204), answer)

    def state(self):
        """What refused requests could have changed."""
        chime, here = client(), self.scene.here
        rooms = chime.list_rooms(MaxResults=99, **here)["Rooms"]
        return (sorted(r["RoomId"] + r["Name"] for r in rooms), chime.get_account(**here)["Account"],
                sorted((u["UserId"], u["LicenseType"]) for u in chime.list_users(MaxResults=200, **here)["Users"]),
                sorted((b["BotId"], b["Disabled"]) for b in chime.list_bots(MaxResults=99, **here)["Bots"]),
                len(chime.list_room_memberships(RoomId=self.scene.room, **here)["RoomMemberships"]),
                len(chime.list_accounts(Name="Another")["Accounts"]))


if __name__ == "__main__":
    unittest.main()
