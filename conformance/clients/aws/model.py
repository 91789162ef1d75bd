"""The published model of the service in use: what may be sent, what must come back."""

import datetime
import email.utils
import functools
import http.client
import json
import re
import urllib.parse

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from endpoint import Endpoint
from published import ELSEWHERE, MODEL, OPERATIONS
from world import ACCOUNT, KEYS, REGION, URL, UUID, absent

#: What a good answer to a well-formed call is, where it is not what the model says.
STATUS = {
    # A 204 could not carry the members that the same model promises.
    "PutRetentionSettings": 200,
}
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def client(who="ann", url=URL, **more):
    """A boto3 client that calls as `who` and tries once."""
    config = {"retries": {"max_attempts": 0}, "connect_timeout": 10, "read_timeout": 60, **more}
    return boto3.client("chime", endpoint_url=url, region_name=REGION, aws_access_key_id=KEYS[who]["id"],
                        aws_secret_access_key=KEYS[who]["secret"], config=Config(**config))


def call(made, operation, **arguments):
    """Calls an operation by its name in the model."""
    names = {v: k for k, v in made.meta.method_to_api_mapping.items()}
    return getattr(made, names[operation])(**arguments)


@functools.cache
def listening():
    """The address of a bot's endpoint that every scene shares."""
    return Endpoint().url


class Scene:
    """Things in an account, and for every operation arguments that are right."""

    def __init__(self, name, account=ACCOUNT, who="ann"):
        self.chime, self.account, self.name = client(who), account, name
        self.here = {"AccountId": account}
        self.team = self.chime.create_account(Name=f"Team of {name}")["Account"]["AccountId"]
        self.user = self.person("user")
        self.member = self.person("member")
        self.room = self.chime.create_room(Name=name, **self.here)["Room"]["RoomId"]
        self.chime.create_room_membership(RoomId=self.room, MemberId=self.member, **self.here)
        self.endpoint = listening()
        self.bot = self.chime.create_bot(DisplayName=name, Domain="example.com", **self.here)["Bot"]["BotId"]

    @classmethod
    def made_up(cls, account):
        """With ids that nothing has."""
        scene = cls.__new__(cls)
        scene.account, scene.here = account, {"AccountId": account}
        scene.endpoint = "https://bot.example.com/"
        scene.team = scene.user = scene.member = scene.room = scene.bot = absent()
        return scene

    def person(self, name):
        made = self.chime.create_user(Email=f"{name}-{self.name}@example.com", Username=name.capitalize(), **self.here)
        return made["User"]["UserId"]

    def arguments(self):
        """operation -> arguments; every member of every request is in it."""
        account, here = self.here, lambda **more: {"AccountId": self.account, **more}
        user, bot, room = here(UserId=self.user), here(BotId=self.bot), here(RoomId=self.room)
        member = dict(room, MemberId=self.member)
        days = {"RetentionDays": 30}
        alexa = {"IsAlexaForBusinessEnabled": False, "AlexaForBusinessRoomArn": "arn:aws:a4b:us-east-1:111122223333:room/x"}
        change = {"LicenseType": "Pro", "UserType": "PrivateUser", "AlexaForBusinessMetadata": alexa}
        page = {"MaxResults": 5}
        return {
            "CreateAccount": {"Name": "Another"}, "GetAccount": account, "ListAccounts": {"Name": "Ent", **page},
            "UpdateAccount": here(Name="Enterprise", DefaultLicense="Pro"), "DeleteAccount": {"AccountId": self.team},
            "GetAccountSettings": account,
            "UpdateAccountSettings": here(AccountSettings={"DisableRemoteControl": True, "EnableDialOut": False}),
            "AssociateSigninDelegateGroupsWithAccount": here(SigninDelegateGroups=[{"GroupName": "helpers"}]),
            "DisassociateSigninDelegateGroupsFromAccount": here(GroupNames=["helpers"]),
            "GetRetentionSettings": account,
            "PutRetentionSettings": here(RetentionSettings={"RoomRetentionSettings": days, "ConversationRetentionSettings": days}),
            "InviteUsers": {"AccountId": self.team, "UserEmailList": [f"invited-{absent()}@example.com"], "UserType": "PrivateUser"},
            "ListUsers": here(UserType="PrivateUser", **page), "GetUser": user, "UpdateUser": dict(user, **change),
            "BatchUpdateUser": here(UpdateUserRequestItems=[{"UserId": self.user, **change}]),
            "BatchSuspendUser": here(UserIdList=[self.user]), "BatchUnsuspendUser": here(UserIdList=[self.user]),
            "CreateUser": here(Username="New", Email=f"new-{absent()}@example.com", UserType="SharedDevice"),
            "LogoutUser": user, "GetUserSettings": user,
            "UpdateUserSettings": dict(user, UserSettings={"Telephony": {"InboundCalling": True, "OutboundCalling": True, "SMS": True}}),
            "ResetPersonalPIN": user,
            "CreateBot": here(DisplayName="helper", Domain="example.com"), "GetBot": bot, "ListBots": here(**page),
            "UpdateBot": dict(bot, Disabled=False), "RegenerateSecurityToken": bot,
            "PutEventsConfiguration": dict(bot, OutboundEventsHTTPSEndpoint=self.endpoint),
            "GetEventsConfiguration": bot, "DeleteEventsConfiguration": bot,
            "CreateRoom": here(Name="another", ClientRequestToken=absent()), "GetRoom": room,
            "ListRooms": here(MemberId=self.member, **page), "UpdateRoom": dict(room, Name="again"), "DeleteRoom": room,
            "RedactRoomMessage": dict(room, MessageId=absent()),
            "RedactConversationMessage": here(ConversationId=absent(), MessageId=absent()),
            "CreateRoomMembership": dict(room, MemberId=self.user, Role="Member"),
            "BatchCreateRoomMembership": dict(room, MembershipItemList=[{"MemberId": self.user, "Role": "Administrator"}]),
            "UpdateRoomMembership": dict(member, Role="Administrator"), "DeleteRoomMembership": member,
            "ListRoomMemberships": dict(room, **page),
        }


# ---- what comes back ----

def problems(shape, value, at):
    """What is wrong with a part of an answer, as texts."""
    def wrong(why):
        return [f"{at}: {why}: {value!r}"]

    kinds = {"string": str, "integer": int, "boolean": bool, "timestamp": str, "list": list, "structure": dict}
    if type(value) is not kinds[shape.type_name]:
        return wrong(f"not a {shape.type_name}")
    if shape.type_name == "timestamp":
        return [] if TIMESTAMP.fullmatch(value) else wrong("not a time in UTC with milliseconds")
    if shape.type_name == "string":
        if shape.enum and value not in shape.enum:
            return wrong("not in the list of values")
        if shape.metadata.get("pattern") and not re.fullmatch(shape.metadata["pattern"], value, re.S):
            return wrong(f"not of the pattern {shape.metadata['pattern']}")
    if shape.type_name in ("string", "list", "integer"):
        size = value if shape.type_name == "integer" else len(value)
        if not shape.metadata.get("min", size) <= size <= shape.metadata.get("max", size):
            return wrong("too small or too big")
    if shape.type_name == "list":
        return [p for number, item in enumerate(value) for p in problems(shape.member, item, f"{at}[{number}]")]
    if shape.type_name == "structure":
        found = [f"{at}: {name} is missing" for name in shape.required_members if name not in value]
        for name, item in value.items():
            found += problems(shape.members[name], item, f"{at}.{name}") if name in shape.members else [f"{at}.{name}: no such member"]
        # Scripts index the key of a list without looking.
        return found + [f"{at}.{name}: a list is missing" for name, member in shape.members.items()
                        if member.type_name == "list" and name not in value]
    return []


def seen(shape, value, found):
    """Notes which members of which structures an answer has."""
    if shape.type_name == "structure":
        for name, item in value.items():
            found.add((shape.name, name))
            seen(shape.members[name], item, found)
    if shape.type_name == "list":
        for item in value:
            seen(shape.member, item, found)


def promised(operations):
    """Every member of every structure that answers to these operations may have."""
    found, waiting = set(), [MODEL.operation_model(o).output_shape for o in operations]
    while waiting:
        shape = waiting.pop()
        if shape is None:
            continue
        if shape.type_name == "list":
            waiting.append(shape.member)
        if shape.type_name == "structure":
            for name, member in shape.members.items():
                if (shape.name, name) not in found:
                    found.add((shape.name, name))
                    waiting.append(member)
    return found


def protocol(status, headers, body):
    """What is wrong with an answer whatever its operation: headers, and the body of an error."""
    headers = {k.lower(): v for k, v in headers.items()}
    found = []
    if not UUID.fullmatch(headers.get("x-amzn-requestid", "")):
        found.append(f"no request id: {headers}")
    if abs((email.utils.parsedate_to_datetime(headers["date"]) - datetime.datetime.now(datetime.timezone.utc)).total_seconds()) > 60:
        found.append(f"the date is wrong: {headers['date']}")
    if status == 204:
        return found + ([f"204 with a body: {body}"] if body else [])
    if headers.get("content-type") != "application/json":
        found.append(f"the type is {headers.get('content-type')}")
    if int(headers.get("content-length", -1)) != len(body):
        found.append(f"the length is {headers.get('content-length')}")
    if status >= 300:
        said = json.loads(body)
        if not (set(said) == {"Code", "Message"} and said["Message"]):
            found.append(f"the body of an error is {said}")
        if not re.fullmatch(r"[A-Z]\w+Exception", headers.get("x-amzn-errortype", "")):
            found.append(f"the error's type is {headers.get('x-amzn-errortype')}")
    return found


# ---- what is sent ----

def quote(text):
    """One segment of a path, or a value of the query."""
    return urllib.parse.quote(str(text), safe="-_.~")


def wire(operation, arguments):
    """A request as the model has it, unchecked: method, target, body as a value (None: no body)."""
    it = MODEL.operation_model(operation)
    path, query, body = it.http["requestUri"], [], {}
    for name, shape in it.input_shape.members.items():
        if name not in arguments:
            continue
        where, called = shape.serialization.get("location"), shape.serialization.get("name", name)
        if where == "uri":
            path = path.replace("{%s}" % called, quote(arguments[name]))
        elif where == "querystring":
            query.append(f"{quote(called)}={quote(arguments[name])}")
        else:
            body[called] = arguments[name]
    target = path + (("&" if "?" in path else "?") + "&".join(query) if query else "")
    has_body = any(not shape.serialization.get("location") for shape in it.input_shape.members.values())
    return it.http["method"], target, body if has_body else None


def send(method, target, body=b"", who="ann", url=URL):
    """Signs and sends a request exactly as it is written: (status, headers in lower case, body)."""
    at = urllib.parse.urlsplit(url)
    request = AWSRequest(method=method, url=url + target, data=body, headers={"Content-Type": "application/json"})
    if who:
        SigV4Auth(Credentials(KEYS[who]["id"], KEYS[who]["secret"]), "chime", REGION).add_auth(request)
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=60)
    try:
        connection.putrequest(method, at.path + target, skip_accept_encoding=True)
        for name, value in request.headers.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()
