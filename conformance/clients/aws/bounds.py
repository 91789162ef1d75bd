"""Every bound of the model, violated one at a time: what a caller would write, and what then goes over the wire."""

import base64
import collections
import json
import subprocess
import typing

from model import MODEL, OPERATIONS, Scene, client, quote, wire

#: A text that a pattern does not have.
AGAINST = {
    r".*\S.*": ["", " ", "\t\n"],
    r".+@.+\..+": ["", "nobody", "@example.com", "a@b"],
    r"[-_a-zA-Z0-9]*": ["with space", "\u00e9t\u00e9", "a/b", "a\nb"],
}
LABELS = ["", " ", "\t", ".", ".."]
#: The same as two of these, for who reads a path before it is decoded. No SDK sends them for an input.
ENCODED = ["%2E", "%2e%2e"]
NUMBERS = ["x", "", "1.5", "0x10", "99999999999999999999999", " 1"]
TEXTS = [b"no json", b"[]", b'"x"', b"7", b"null", b"{", b'{"a":1}x', b"\xff\xfe", b'{"Name":"\xff"}']
UNKNOWN = ["unknown", "", "Create", "batch-create%20", "redact%00"]


class Case(typing.NamedTuple):
    """A request with one thing wrong."""

    what: str
    operation: str
    #: The members as a caller would give them; none if no caller of an SDK could mean this.
    input: dict
    #: None: nothing can be sent.
    target: str
    body: bytes


# ---- values ----

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


TYPES = {"string": (str,), "boolean": (bool,), "integer": (int,), "list": (list,), "structure": (dict,)}


def anywhere(shape, value, wrong):
    """Whether a value, or one in it, is wrong for its shape."""
    inside = ()
    if isinstance(value, list) and shape.type_name == "list":
        inside = ((shape.member, item) for item in value)
    if isinstance(value, dict) and shape.type_name == "structure":
        inside = ((shape.members[name], item) for name, item in value.items())
    return wrong(shape, value) or any(anywhere(*one, wrong) for one in inside)


def mistyped(shape, value, types=None):
    return type(value) not in (types or TYPES)[shape.type_name]


def incomplete(shape, value):
    return isinstance(value, dict) and any(name not in value for name in shape.required_members)


def least(shape, value):
    """Whether a value is under the least of its range, and its type has one."""
    size = len(value) if isinstance(value, (str, list)) else value if type(value) is int else None
    return size is not None and size < shape.metadata.get("min", size)


# ---- requests ----

def data(body):
    """A body as `wire` makes it, in bytes."""
    return json.dumps(body).encode() if isinstance(body, (dict, list)) else body or b""


def located(operation, where):
    """The members of an operation's input that are in a path or a query."""
    shape = MODEL.operation_model(operation).input_shape
    return [(n, m) for n, m in shape.members.items() if m.serialization.get("location") == where]


class Bounds:
    """A scene, and everything that is wrong with it."""

    def __init__(self, name):
        self.name = name
        self.scene = Scene(name)
        self.right = self.scene.arguments()
        self.right["CreateAccount"]["Name"] = f"Another of {name}"
        self.right["ListUsers"]["UserEmail"] = self.right["ListAccounts"]["UserEmail"] = f"user-{name}@example.com"

    def rights(self):
        """Arguments that are right, with every member somewhere."""
        yield from self.right.items()
        # One of two.
        yield "PutEventsConfiguration", {"AccountId": self.scene.account, "BotId": self.scene.bot,
                                         "LambdaFunctionArn": "arn:aws:lambda:us-east-1:111122223333:function:x"}

    def bodies(self):
        for operation, right in self.rights():
            shape = MODEL.operation_model(operation).input_shape
            for what, arguments in members(shape, right, operation, in_body):
                _, target, body = wire(operation, arguments)
                yield Case(what, operation, arguments, target, data(body))

    def texts(self):
        """Bodies that are no object, or no JSON."""
        for operation, right in self.rights():
            shape = MODEL.operation_model(operation).input_shape
            _, target, body = wire(operation, right)
            for text in TEXTS if body is not None else ():
                # `null` and an empty object are no violation where nothing is required.
                if text != b"null" or any(in_body(shape.members[m]) for m in shape.required_members):
                    yield Case(f"{operation} with {text!r}", operation, None, target, text)

    def paths(self):
        for operation in OPERATIONS:
            for name, _ in located(operation, "uri"):
                right = self.right[operation]
                _, target, body = wire(operation, {**right, name: "LABEL"})
                yield Case(f"{operation}: {name} is missing", operation, {k: v for k, v in right.items() if k != name}, None, b"")
                for label in LABELS:
                    yield Case(f"{operation}: {name} is {label!r}", operation, {**right, name: label},
                               target.replace("LABEL", quote(label)), data(body))

    def encoded(self):
        for operation in OPERATIONS:
            for name, _ in located(operation, "uri"):
                _, target, body = wire(operation, {**self.right[operation], name: "LABEL"})
                for label in ENCODED:
                    yield Case(f"{operation}: {name} is {label}", operation, None, target.replace("LABEL", label), data(body))

    def queries(self):
        for operation in OPERATIONS:
            for name, member in located(operation, "querystring"):
                if name == "NextToken":
                    wrong = ["made-up", "AAAA", "\u00e9", "x" * 5000]
                elif member.type_name == "integer":
                    wrong = [*NUMBERS, member.metadata["min"] - 1, member.metadata["max"] + 1, -1]
                else:
                    wrong = strings(member)
                for value in wrong:
                    arguments = {**self.right[operation], name: value}
                    _, target, body = wire(operation, arguments)
                    yield Case(f"{operation}: {name} is {str(value)[:20]!r}", operation, arguments, target, data(body))

    def operations(self):
        """Names in a query that no operation has."""
        for operation in OPERATIONS:
            method, target, body = wire(operation, self.right[operation])
            if method == "POST":
                for odd in UNKNOWN:
                    yield Case(f"{operation} as {odd!r}", operation, None, f"{target.split('?')[0]}?operation={odd}", data(body))

    def cases(self):
        """All that an SDK can be brought to send."""
        for kind in (self.bodies, self.texts, self.paths, self.queries, self.operations):
            yield from kind()

    def state(self):
        """What refused requests could have changed."""
        chime, here = client(), self.scene.here
        rooms = chime.list_rooms(MaxResults=99, **here)["Rooms"]
        return (sorted(r["RoomId"] + r["Name"] for r in rooms), chime.get_account(**here)["Account"],
                sorted((u["UserId"], u["LicenseType"]) for u in chime.list_users(MaxResults=200, **here)["Users"]),
                sorted((b["BotId"], b["Disabled"]) for b in chime.list_bots(MaxResults=99, **here)["Bots"]),
                len(chime.list_room_memberships(RoomId=self.scene.room, **here)["RoomMemberships"]),
                len(chime.list_accounts(Name=f"Another of {self.name}")["Accounts"]))


# ---- the same by an SDK ----

class Heard(typing.NamedTuple):
    """What became of a case in an SDK."""

    #: How the SDK refused the input, if it did; then the request is made from what is right, with the bytes put in.
    refused: str
    #: `input`: the SDK sent what the case is by itself. `bytes`: it would have sent something else, and the case was put
    #: in before it signed. `nothing`: there is nothing to send.
    sent: str
    status: int
    #: The class of the error that the SDK raised.
    error: str


def line(case, right):
    """A case as the programs in other languages read it."""
    return json.dumps({"operation": case.operation, "input": case.input, "right": right, "target": case.target,
                       "body": base64.b64encode(case.body).decode()})


def compare(test, bounds, hear, refuses, holds, odd=lambda case: None):
    """Holds an SDK to every case: 400 and `BadRequestException`, and nothing is changed.

    `hear` makes `Heard`s of cases. `refuses` answers for a case by which name the SDK is to refuse its input, or none; `holds`
    whether the SDK sends the input as it was written; `odd` the (status, error) of cases that end otherwise.
    """
    before = bounds.state()
    cases = list(bounds.cases())
    heard = list(hear(cases))
    test.assertEqual(len(heard), len(cases))
    counts = collections.Counter()
    for case, it in zip(cases, heard):
        counts["cases"] += 1
        counts[it.sent] += 1
        counts["refused " + it.refused.split(":")[0]] += bool(it.refused)
        with test.subTest(case.what, target=case.target, body=case.body[:300]):
            name = case.input is not None and refuses(case)
            if name:
                test.assertRegex(it.refused, name)
            else:
                test.assertFalse(it.refused)
            if case.target is None:
                test.assertEqual(it.sent, "nothing")
                continue
            test.assertEqual(it.sent, "input" if case.input is not None and not name and holds(case) else "bytes")
            test.assertEqual((it.status, it.error), odd(case) or (400, "BadRequestException"))
    test.assertEqual(bounds.state(), before, "a refused request changed something")
    test.assertGreater(counts["cases"], 1100)
    test.assertGreater(counts["input"], 400)
    print("counts: " + ", ".join(f"{n} {what}" for what, n in counts.items() if n), flush=True)


def program(command, env, bounds):
    """Hears cases by a program that reads them as lines and answers with lines."""
    def hear(cases):
        lines = "".join(line(case, bounds.right[case.operation]) + "\n" for case in cases)
        done = subprocess.run(command, env=env, input=lines.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
        if done.returncode:
            raise AssertionError(f"{command} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
        for answer in done.stdout.decode().splitlines():
            yield Heard(**{"refused": "", **json.loads(answer)})
    return hear
