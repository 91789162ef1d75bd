"""Every bound of the model, violated one at a time. Clients check few of them, so each is the server's to refuse."""

import json
import unittest
import urllib.parse

import botocore.exceptions

import bounds
from bounds import Heard, data
from model import MODEL, OPERATIONS, Scene, call, client, protocol, send, wire
from world import URL, absent


class Bounds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bounds = bounds.Bounds("bounds")
        cls.scene, cls.right = cls.bounds.scene, cls.bounds.right

    def refused(self, what, method, target, body):
        body = data(body)
        status, headers, answer = send(method, target, body)
        said = (status, headers.get("x-amzn-errortype"), answer)
        with self.subTest(what, target=target, body=body[:300]):
            self.assertEqual(said[:2], (400, "BadRequestException"), said)
            self.assertEqual(json.loads(answer)["Code"], "BadRequest")
            self.assertEqual(protocol(status, headers, answer), [])

    def all_refused(self, cases):
        """How many there were, all refused, without a change."""
        before, count = self.bounds.state(), 0
        for count, case in enumerate((c for c in cases if c.target is not None), 1):
            self.refused(case.what, MODEL.operation_model(case.operation).http["method"], case.target, case.body)
        self.assertEqual(self.bounds.state(), before, "a refused request changed something")
        return count

    def test_every_operation_and_member_is_tried(self):
        self.assertEqual(len(OPERATIONS), 43)
        self.assertEqual(set(self.right), set(OPERATIONS))
        tried = {}
        for operation, arguments in self.bounds.rights():
            tried.setdefault(operation, set()).update(arguments)
        for operation in OPERATIONS:
            # `NextToken` has no bound but that it is the server's own.
            missing = set(MODEL.operation_model(operation).input_shape.members) - tried[operation] - {"NextToken"}
            self.assertEqual(missing, set(), operation)

    def test_bodies(self):
        self.assertGreater(self.all_refused(self.bounds.bodies()), 350)

    def test_bodies_that_are_no_object(self):
        self.assertGreater(self.all_refused(self.bounds.texts()), 150)

    def test_paths(self):
        self.assertGreater(self.all_refused(self.bounds.paths()), 300)

    def test_paths_that_are_encoded_more(self):
        self.assertGreater(self.all_refused(self.bounds.encoded()), 100)

    def test_queries(self):
        self.assertGreater(self.all_refused(self.bounds.queries()), 60)

    def test_unknown_operations(self):
        self.assertGreater(self.all_refused(self.bounds.operations()), 60)

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


class Boto3(unittest.TestCase):
    """The same as boto3 takes it, sends it and raises what comes back."""

    def test_every_bound(self):
        made = bounds.Bounds("boto3-bounds")
        chime = client()
        chime.meta.events.register("before-sign.chime", self.put)
        bounds.compare(self, made, lambda cases: [self.hear(chime, case, made.right[case.operation]) for case in cases],
                       self.refuses, lambda case: True)

    def put(self, request, **_):
        """Sees what boto3 made of the input, and puts the case in when it is not that."""
        at = urllib.parse.urlsplit(request.url)
        is_it = (at.path, sorted(at.query.split("&"))) == (self.path, sorted(self.query.split("&")))
        made = data(request.data)
        if is_it and same(made, self.body):
            self.sent = "input"
            return
        self.sent = "bytes"
        request.url = URL + self.path + ("?" + self.query if self.query else "")
        request.data = self.body

    def hear(self, chime, case, right):
        refused, self.sent = "", "nothing"
        self.path, _, self.query = (case.target or "").partition("?")
        self.body = case.body
        try:
            return self.answer(call, chime, case.operation, **(right if case.input is None else case.input))
        except botocore.exceptions.ParamValidationError as error:
            refused = type(error).__name__
        if case.target is None:
            return Heard(refused, "nothing", 0, "")
        return self.answer(call, chime, case.operation, **right)._replace(refused=refused)

    def answer(self, function, chime, *arguments, **more):
        try:
            answer, error = function(chime, *arguments, **more), "none"
        except botocore.exceptions.ClientError as caught:
            answer, error = caught.response, type(caught).__name__
            # What the client offers by that name to be caught.
            if not isinstance(caught, getattr(chime.exceptions, error, ())):
                error = "ClientError"
        return Heard("", self.sent, answer["ResponseMetadata"]["HTTPStatusCode"], error)

    @staticmethod
    def refuses(case):
        """It looks for types, for what is required, and for the least of a range."""
        # To Python True is a number.
        types = {**bounds.TYPES, "integer": (int, bool)}
        wrong = bounds.anywhere(MODEL.operation_model(case.operation).input_shape, case.input, lambda shape, value: (
            bounds.mistyped(shape, value, types) or bounds.incomplete(shape, value) or bounds.least(shape, value)))
        return wrong and "^ParamValidationError$"


def same(made, wanted):
    """Whether two bodies say the same."""
    try:
        # Not by their values: to Python 1 and true are equal.
        made, wanted = (json.dumps(json.loads(body), sort_keys=True) for body in (made, wanted))
    except ValueError:
        pass
    return made == wanted


if __name__ == "__main__":
    unittest.main()
