"""boto3: every operation, every member of every answer, and every declared error that a caller can bring about."""

import base64
import datetime
import hashlib
import hmac
import json
import re
import unittest

import botocore.exceptions

from endpoint import Endpoint
from model import (ELSEWHERE, MODEL, OPERATIONS, STATUS, Scene, call, client, problems, promised, protocol, seen, send, wire)
from world import ACCOUNT, ACCOUNTS, TOLD, absent

#: The account of the story; the tests of errors use another.
EVERYTHING = ACCOUNTS["everything"]
#: Members that nothing in these operations can fill.
NEVER = {
    # Telephony.
    ("User", "PrimaryProvisionedNumber"),
    # Salon calls HTTPS endpoints and no Lambda functions.
    ("EventsConfiguration", "LambdaFunctionArn"),
}


class Watched(unittest.TestCase):
    """A test whose client's answers are all compared with the model."""

    def watch(self, chime):
        chime.meta.events.register("after-call.chime", self.compare)
        return chime

    def compare(self, http_response, model, **_):
        status, body = http_response.status_code, http_response.content
        wrong = protocol(status, http_response.headers, body)
        if status < 300:
            wanted = STATUS.get(model.name, model.http.get("responseCode", 200))
            if status != wanted:
                wrong.append(f"status {status} in place of {wanted}")
            if model.output_shape and status != 204:
                value = json.loads(body)
                wrong += problems(model.output_shape, value, model.name)
                if not wrong:
                    seen(model.output_shape, value, self.members)
            elif body not in (b"", b"{}"):
                wrong.append(f"an answer without members has a body: {body}")
            self.called.add(model.name)
        self.wrong += [f"{model.name}: {why}" for why in wrong]

    def setUp(self):
        self.members, self.called, self.wrong = set(), set(), []
        self.addCleanup(lambda: self.assertEqual(self.wrong, []))

    def refused(self, chime, error, operation, **arguments):
        """A call that is refused with a modelled exception; answers the whole response."""
        kind = getattr(chime.exceptions, error + "Exception")
        with self.assertRaises(kind, msg=f"{operation} {arguments}") as caught:
            call(chime, operation, **arguments)
        answer = caught.exception.response
        status, code = {"BadRequest": (400, "BadRequest"), "ResourceLimitExceeded": (400, "ResourceLimitExceeded"),
                        "Forbidden": (403, "Forbidden"), "NotFound": (404, "NotFound"), "Conflict": (409, "Conflict"),
                        "UnprocessableEntity": (422, "Unprocessable"), "ThrottledClient": (429, "Throttled")}[error]
        self.assertEqual(answer["Error"]["Code"], error + "Exception")
        self.assertEqual((answer["ResponseMetadata"]["HTTPStatusCode"], answer["Code"]), (status, code))
        self.assertTrue(answer["Error"]["Message"])
        return answer


def pages(chime, operation, listed, key, **arguments):
    """Everything in a list, by following its tokens; no page is empty, none is longer than asked for."""
    found = []
    while True:
        page = call(chime, operation, **arguments)
        if not 0 < len(page[listed]) <= arguments["MaxResults"]:
            raise AssertionError(f"{len(page[listed])} of {arguments['MaxResults']} on a page")
        found += [key(item) for item in page[listed]]
        if "NextToken" not in page:
            return found
        arguments["NextToken"] = page["NextToken"]


class Everything(Watched):
    def test_every_operation_and_every_member_of_its_answer(self):
        chime = self.watch(client())
        here = {"AccountId": EVERYTHING}
        account = chime.get_account(**here)["Account"]
        self.assertEqual((account["AccountType"], account["AccountStatus"]), ("EnterpriseLWA", "Active"))
        self.accounts(chime, here)
        people = self.people(chime, here)
        self.rooms(chime, here, people)
        self.bots(chime, here, people)
        self.farewell(chime, here)
        self.assertEqual(set(OPERATIONS) - self.called, set())
        self.assertEqual(promised(OPERATIONS) - self.members, NEVER)

    def accounts(self, chime, here):
        name = f"Numbered {absent()}"
        made = [chime.create_account(Name=f"{name} {number}")["Account"] for number in range(3)]
        for number, one in enumerate(made):
            self.assertEqual((one["Name"], one["AccountType"], one["DefaultLicense"]), (f"{name} {number}", "Team", "Pro"))
        pages = list(chime.get_paginator("list_accounts").paginate(Name=name, PaginationConfig={"PageSize": 2}))
        self.assertEqual([[a["AccountId"] for a in page["Accounts"]] for page in pages],
                         [[a["AccountId"] for a in made[:2]], [made[2]["AccountId"]]])
        self.assertEqual(chime.list_accounts(Name=name.upper() + " x")["Accounts"], [])
        team = {"AccountId": made[0]["AccountId"]}
        self.assertEqual(chime.update_account(Name=f"{name} again", **team)["Account"]["Name"], f"{name} again")
        self.assertEqual(chime.get_account(**team)["Account"]["Name"], f"{name} again")
        chime.update_account_settings(AccountSettings={"EnableDialOut": True}, **here)
        chime.update_account_settings(AccountSettings={"DisableRemoteControl": True}, **here)
        self.assertEqual(chime.get_account_settings(**here)["AccountSettings"], {"DisableRemoteControl": True, "EnableDialOut": True})
        groups = [{"GroupName": "one"}, {"GroupName": "two"}]
        chime.associate_signin_delegate_groups_with_account(SigninDelegateGroups=groups, **here)
        self.assertEqual(chime.get_account(**here)["Account"]["SigninDelegateGroups"], groups)
        chime.disassociate_signin_delegate_groups_from_account(GroupNames=["one"], **here)
        self.assertEqual(chime.get_account(**here)["Account"]["SigninDelegateGroups"], groups[1:])
        days = {"RoomRetentionSettings": {"RetentionDays": 5475}, "ConversationRetentionSettings": {"RetentionDays": 1}}
        put = chime.put_retention_settings(RetentionSettings=days, **here)
        self.assertEqual(put["RetentionSettings"], days)
        got = chime.get_retention_settings(**here)
        self.assertEqual(got["RetentionSettings"], days)
        self.assertGreater(got["InitiateDeletionTimestamp"], datetime.datetime.now(datetime.timezone.utc))
        self.refused(chime, "Forbidden", "PutRetentionSettings", RetentionSettings=days, **team)
        # Who belongs to a Team account is invited, and suspended before its end.
        invited = chime.invite_users(UserEmailList=["a@team.example.com", "b@team.example.com"], UserType="PrivateUser", **team)
        self.assertEqual([(i["EmailAddress"], i["Status"]) for i in invited["Invites"]],
                         [("a@team.example.com", "Pending"), ("b@team.example.com", "Pending")])
        users = chime.list_users(**team)["Users"]
        self.assertEqual({(u["PrimaryEmail"], u["UserRegistrationStatus"], u["UserInvitationStatus"]) for u in users},
                         {("a@team.example.com", "Unregistered", "Pending"), ("b@team.example.com", "Unregistered", "Pending")})
        self.assertTrue(all("InvitedOn" in user for user in users))
        self.refused(chime, "UnprocessableEntity", "DeleteAccount", **team)
        self.assertEqual(chime.batch_suspend_user(UserIdList=[u["UserId"] for u in users], **team)["UserErrors"], [])
        for one in made:
            chime.delete_account(AccountId=one["AccountId"])
        self.refused(chime, "NotFound", "GetAccount", **team)

    def people(self, chime, here):
        ids = []
        for name in ("Eve", "Zo\u00eb", "\u0141ukasz"):
            user = chime.create_user(Email=f"user{len(ids)}@boto3.example.com", Username=name, **here)["User"]
            self.assertEqual((user["DisplayName"], user["UserRegistrationStatus"], user["LicenseType"]), (name, "Registered", "Pro"))
            ids.append(user["UserId"])
        device = chime.create_user(Email="device@boto3.example.com", UserType="SharedDevice", **here)["User"]
        self.assertEqual(device["UserType"], "SharedDevice")
        self.refused(chime, "Conflict", "CreateUser", Email="user0@boto3.example.com", **here)
        self.assertEqual([u["UserId"] for u in chime.list_users(UserType="SharedDevice", **here)["Users"]], [device["UserId"]])
        self.assertEqual([u["UserId"] for u in chime.list_users(UserEmail="user1@boto3.example.com", **here)["Users"]], [ids[1]])
        self.assertEqual(chime.list_users(UserEmail="nobody@boto3.example.com", **here)["Users"], [])
        self.assertEqual([a["AccountId"] for a in chime.list_accounts(UserEmail="user1@boto3.example.com")["Accounts"]], [EVERYTHING])
        pages = chime.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 1}, **here)
        listed = [user["UserId"] for page in pages for user in page["Users"]]
        self.assertEqual(listed, [*ids, device["UserId"]], "the order of making")
        alexa = {"IsAlexaForBusinessEnabled": True, "AlexaForBusinessRoomArn": "arn:aws:a4b:us-east-1:111122223333:room/1"}
        changed = chime.update_user(UserId=ids[0], LicenseType="Basic", AlexaForBusinessMetadata=alexa, **here)["User"]
        self.assertEqual(changed["UserId"], ids[0])
        shown = chime.get_user(UserId=ids[0], **here)["User"]
        self.assertEqual((shown["LicenseType"], shown["AlexaForBusinessMetadata"]), ("Basic", alexa))
        nobody = absent()
        items = [{"UserId": ids[0], "LicenseType": "Pro"}, {"UserId": nobody, "LicenseType": "Pro"}]
        errors = chime.batch_update_user(UpdateUserRequestItems=items, **here)["UserErrors"]
        self.assertEqual([(e["UserId"], e["ErrorCode"]) for e in errors], [(nobody, "NotFound")])
        errors = chime.batch_suspend_user(UserIdList=[ids[1], nobody], **here)["UserErrors"]
        self.assertEqual([(e["UserId"], e["ErrorCode"]) for e in errors], [(nobody, "NotFound")])
        self.assertEqual(chime.get_user(UserId=ids[1], **here)["User"]["UserRegistrationStatus"], "Suspended")
        errors = chime.batch_unsuspend_user(UserIdList=[ids[1], ids[0], nobody], **here)["UserErrors"]
        self.assertEqual([(e["UserId"], e["ErrorCode"]) for e in errors], [(nobody, "NotFound")])
        self.assertEqual(chime.get_user(UserId=ids[1], **here)["User"]["UserRegistrationStatus"], "Registered")
        chime.logout_user(UserId=ids[0], **here)
        telephony = {"InboundCalling": True, "OutboundCalling": False, "SMS": True}
        chime.update_user_settings(UserId=ids[0], UserSettings={"Telephony": telephony}, **here)
        self.assertEqual(chime.get_user_settings(UserId=ids[0], **here)["UserSettings"]["Telephony"], telephony)
        pins = {chime.reset_personal_pin(UserId=ids[0], **here)["User"]["PersonalPIN"] for _ in range(3)}
        self.assertEqual(len(pins), 3)
        self.refused(chime, "NotFound", "GetUser", UserId=nobody, **here)
        # Nobody is invited into an Enterprise account.
        self.refused(chime, "BadRequest", "InviteUsers", UserEmailList=["x@example.com"], **here)
        return ids

    def rooms(self, chime, here, people):
        name = "Za\u017c\u00f3\u0142\u0107 g\u0119\u015bl\u0105 ja\u017a\u0144 \U0001f389"
        room = chime.create_room(Name=name, **here)["Room"]
        self.assertEqual((room["Name"], room["AccountId"]), (name, EVERYTHING))
        self.assertRegex(room["CreatedBy"], r"^arn:aws:iam::\d{12}:user/ann$")
        more = [chime.create_room(Name=f"room {number}", **here)["Room"]["RoomId"] for number in range(4)]
        made = [room["RoomId"], *more]
        place = {"RoomId": room["RoomId"], **here}
        self.assertEqual(pages(chime, "ListRooms", "Rooms", lambda r: r["RoomId"], MaxResults=2, **here), made, "the order of making")
        self.assertEqual(chime.update_room(Name="renamed", **place)["Room"]["Name"], "renamed")
        self.assertEqual(chime.update_room(**place)["Room"]["Name"], "renamed")
        after = chime.get_room(**place)["Room"]
        self.assertGreaterEqual(after["UpdatedTimestamp"], room["UpdatedTimestamp"])
        self.assertEqual(after["CreatedTimestamp"], room["CreatedTimestamp"])

        added = chime.create_room_membership(MemberId=people[0], **place)["RoomMembership"]
        self.assertEqual((added["Role"], added["InvitedBy"]), ("Member", room["CreatedBy"]))
        self.assertEqual(added["Member"], {"MemberId": people[0], "MemberType": "User", "Email": "user0@boto3.example.com",
                                           "FullName": "Eve", "AccountId": EVERYTHING})
        answer = self.refused(chime, "Conflict", "CreateRoomMembership", MemberId=people[0], **place)
        self.assertTrue(answer["ResponseMetadata"]["RequestId"])
        nobody = absent()
        items = [{"MemberId": people[0]}, {"MemberId": people[1], "Role": "Administrator"}, {"MemberId": people[1]},
                 {"MemberId": nobody, "Role": "Member"}]
        errors = chime.batch_create_room_membership(MembershipItemList=items, **place)["Errors"]
        self.assertEqual([(e["MemberId"], e["ErrorCode"]) for e in errors],
                         [(people[0], "Conflict"), (people[1], "Conflict"), (nobody, "NotFound")])
        errors = chime.batch_create_room_membership(MembershipItemList=[{"MemberId": people[2]}], **place)["Errors"]
        self.assertEqual(errors, [])
        listed = chime.list_room_memberships(**place)
        self.assertEqual({m["Member"]["MemberId"]: m["Role"] for m in listed["RoomMemberships"]},
                         {people[0]: "Member", people[1]: "Administrator", people[2]: "Member"})
        self.assertNotIn("NextToken", listed)
        paged = pages(chime, "ListRoomMemberships", "RoomMemberships", lambda m: m["Member"]["MemberId"], MaxResults=1, **place)
        self.assertEqual(sorted(paged), sorted(people))
        changed = chime.update_room_membership(MemberId=people[0], Role="Administrator", **place)["RoomMembership"]
        self.assertEqual(changed["Role"], "Administrator")
        self.assertEqual([r["RoomId"] for r in chime.list_rooms(MemberId=people[1], **here)["Rooms"]], [room["RoomId"]])
        self.assertEqual(chime.list_rooms(MemberId=nobody, **here)["Rooms"], [])
        # Suspended people keep their place, and cannot be added.
        chime.batch_suspend_user(UserIdList=[people[2]], **here)
        self.assertEqual(len(chime.list_room_memberships(**place)["RoomMemberships"]), 3)
        self.refused(chime, "BadRequest", "CreateRoomMembership", RoomId=more[0], MemberId=people[2], **here)
        errors = chime.batch_create_room_membership(RoomId=more[0], MembershipItemList=[{"MemberId": people[2]}], **here)["Errors"]
        self.assertEqual([e["ErrorCode"] for e in errors], ["BadRequest"])
        chime.batch_unsuspend_user(UserIdList=[people[2]], **here)
        chime.redact_room_message(MessageId=absent(), **place)
        chime.redact_conversation_message(ConversationId=absent(), MessageId=absent(), **here)
        for one in people:
            done = chime.delete_room_membership(MemberId=one, **place)
            self.assertEqual(done["ResponseMetadata"]["HTTPStatusCode"], 204)
        self.assertEqual(chime.list_room_memberships(**place)["RoomMemberships"], [])
        self.refused(chime, "NotFound", "DeleteRoomMembership", MemberId=people[0], **place)
        # With the room its memberships end.
        chime.create_room_membership(RoomId=more[0], MemberId=people[0], **here)
        for one in made:
            chime.delete_room(RoomId=one, **here)
        self.assertEqual(chime.list_rooms(MemberId=people[0], **here)["Rooms"], [])
        self.refused(chime, "NotFound", "ListRoomMemberships", RoomId=more[0], **here)
        # A token that made a room once gives that room back, in the life of the token; another caller's is another.
        token = absent()
        first = chime.create_room(Name="once", ClientRequestToken=token, **here)["Room"]["RoomId"]
        self.assertEqual(chime.create_room(Name="once", ClientRequestToken=token, **here)["Room"]["RoomId"], first)
        other = client("root").create_room(Name="once", ClientRequestToken=token, **here)["Room"]["RoomId"]
        self.assertNotEqual(other, first)
        for one in (first, other):
            chime.delete_room(RoomId=one, **here)

    def bots(self, chime, here, people):
        endpoint, liar = Endpoint(), Endpoint(honest=False)
        self.addCleanup(endpoint.close)
        self.addCleanup(liar.close)
        bot = chime.create_bot(DisplayName="helper", Domain="example.com", **here)["Bot"]
        self.assertEqual((bot["BotId"], bot["DisplayName"], bot["BotEmail"], bot["BotType"], bot["Disabled"]),
                         (bot["UserId"], "helper (Bot)", "helper-chimebot@example.com", "ChatBot", False))
        its = {"BotId": bot["BotId"], **here}
        self.assertEqual(chime.get_bot(**its)["Bot"], bot)
        room = {"RoomId": chime.create_room(Name="with a bot", **here)["Room"]["RoomId"], **here}
        # No configuration, no membership.
        self.refused(chime, "NotFound", "GetEventsConfiguration", **its)
        self.refused(chime, "BadRequest", "CreateRoomMembership", MemberId=bot["BotId"], **room)
        # One of the two, and an endpoint that proves itself.
        arn = "arn:aws:lambda:us-east-1:111122223333:function:helper"
        self.refused(chime, "BadRequest", "PutEventsConfiguration", OutboundEventsHTTPSEndpoint=endpoint.url, LambdaFunctionArn=arn, **its)
        self.refused(chime, "BadRequest", "PutEventsConfiguration", **its)
        self.refused(chime, "BadRequest", "PutEventsConfiguration", OutboundEventsHTTPSEndpoint=liar.url, **its)
        self.refused(chime, "BadRequest", "PutEventsConfiguration", OutboundEventsHTTPSEndpoint=endpoint.url.replace("https", "http"), **its)
        self.refused(chime, "NotFound", "GetEventsConfiguration", **its)
        put = chime.put_events_configuration(OutboundEventsHTTPSEndpoint=endpoint.url, **its)["EventsConfiguration"]
        self.assertEqual(put, {"BotId": bot["BotId"], "OutboundEventsHTTPSEndpoint": endpoint.url})
        self.assertEqual(chime.get_events_configuration(**its)["EventsConfiguration"], put)
        _, _, challenge = endpoint.event()
        self.assertEqual(set(challenge), {"Challenge", "EventType"})
        self.assertEqual(challenge["EventType"], "HTTPSEndpointVerification")

        added = chime.create_room_membership(MemberId=bot["BotId"], **room)["RoomMembership"]["Member"]
        self.assertEqual((added["MemberType"], added["Email"]), ("Bot", bot["BotEmail"]))
        self.told(endpoint, bot["SecurityToken"], "Invite", room["RoomId"])
        renewed = chime.regenerate_security_token(**its)["Bot"]
        self.assertNotEqual(renewed["SecurityToken"], bot["SecurityToken"])
        chime.delete_room_membership(MemberId=bot["BotId"], **room)
        self.told(endpoint, renewed["SecurityToken"], "Remove", room["RoomId"])

        self.assertTrue(chime.update_bot(Disabled=True, **its)["Bot"]["Disabled"])
        self.refused(chime, "BadRequest", "CreateRoomMembership", MemberId=bot["BotId"], **room)
        self.assertFalse(chime.update_bot(Disabled=False, **its)["Bot"]["Disabled"])
        self.refused(chime, "BadRequest", "PutEventsConfiguration", LambdaFunctionArn=arn, **its)
        self.assertEqual(chime.get_events_configuration(**its)["EventsConfiguration"], put)
        chime.delete_events_configuration(**its)
        self.refused(chime, "NotFound", "GetEventsConfiguration", **its)
        bots = [chime.create_bot(DisplayName=f"bot {number}", Domain="example.com", **here)["Bot"]["BotId"] for number in range(9)]
        self.refused(chime, "ResourceLimitExceeded", "CreateBot", DisplayName="one more", Domain="example.com", **here)
        self.assertEqual(pages(chime, "ListBots", "Bots", lambda b: b["BotId"], MaxResults=3, **here), [bot["BotId"], *bots])
        chime.delete_room(**room)

    def told(self, endpoint, secret, kind, room):
        """The next event that an endpoint gets, with a signature by the bot's secret."""
        headers, body, event = endpoint.event()
        self.assertEqual((event["EventType"], event["Discussion"]), (kind, {"DiscussionId": room, "DiscussionType": "Room"}))
        words = headers["chime-request-timestamp"].encode() + b"|" + body
        wanted = base64.b64encode(hmac.new(secret.encode(), words, hashlib.sha256).digest()).decode()
        self.assertEqual(headers["chime-signature"], wanted)

    def farewell(self, chime, here):
        self.assertEqual(chime.list_rooms(**here)["Rooms"], [])
        # As long as somebody can use it an account stays.
        self.refused(chime, "UnprocessableEntity", "DeleteAccount", **here)
        people = [user["UserId"] for user in chime.list_users(**here)["Users"]]
        self.assertEqual(chime.batch_suspend_user(UserIdList=people, **here)["UserErrors"], [])
        chime.delete_account(**here)
        self.refused(chime, "NotFound", "ListRooms", **here)
        self.assertNotIn(EVERYTHING, [account["AccountId"] for account in chime.list_accounts(Name="Ent")["Accounts"]])


class Errors(Watched):
    """For each operation each error that its declaration has and that a caller can bring about."""

    def declared(self, operation):
        return {shape.name.removesuffix("Exception") for shape in MODEL.operation_model(operation).error_shapes}

    def test_forbidden(self):
        scene = Scene("forbidden")
        reader, onlooker = self.watch(client("rita")), self.watch(client("otto"))
        for operation, arguments in scene.arguments().items():
            self.assertIn("Forbidden", self.declared(operation))
            if not operation.startswith(("Get", "List")):
                self.refused(reader, "Forbidden", operation, **arguments)
            self.refused(onlooker, "Forbidden", operation, **arguments)

    def test_not_found(self):
        scene = Scene("absent")
        ann, carol = self.watch(client()), self.watch(client("carol"))
        tried = 0
        for operation, arguments in scene.arguments().items():
            for name in ("AccountId", "UserId", "BotId", "RoomId", "MemberId"):
                if name not in arguments or (operation, name) == ("ListRooms", "MemberId"):
                    continue
                tried += 1
                if "NotFound" in self.declared(operation):
                    self.refused(ann, "NotFound", operation, **{**arguments, name: absent()})
                else:
                    # Nothing better is declared: the caller gets the plain error with the same name.
                    with self.assertRaises(botocore.exceptions.ClientError) as caught:
                        call(ann, operation, **{**arguments, name: absent()})
                    self.assertEqual(caught.exception.response["Error"]["Code"], "NotFoundException")
            if "AccountId" in arguments:
                with self.assertRaises(botocore.exceptions.ClientError) as caught:
                    call(carol, operation, **arguments)
                self.assertEqual(caught.exception.response["Error"]["Code"], "NotFoundException", operation)
        self.assertGreater(tried, 60)

    def test_a_team_account_has_no_rooms(self):
        chime = self.watch(client())
        scene = Scene("team")
        team = chime.create_account(Name="Team without rooms")["Account"]["AccountId"]
        for operation, arguments in scene.arguments().items():
            if re.search("Room|Bot|Events|Redact|Retention", operation):
                self.refused(chime, "Forbidden", operation, **{**arguments, "AccountId": team})
        chime.delete_account(AccountId=team)

    def test_elsewhere(self):
        """Telephony of the same namespace is refused by name, and no neighbour on the same path is done instead."""
        chime = self.watch(client())
        scene = Scene("elsewhere")
        before = chime.list_users(AccountId=ACCOUNT)["Users"]
        self.assertEqual(len(ELSEWHERE), 19)
        for method, target, body in (
            ("GET", "/phone-numbers", b""), ("GET", "/settings", b""), ("PUT", "/settings", b"{}"),
            ("POST", "/phone-numbers?operation=batch-delete", b'{"PhoneNumberIds":["x"]}'), ("GET", "/search?type=phone-numbers", b""),
            ("POST", f"/accounts/{ACCOUNT}/users/{scene.user}?operation=associate-phone-number", b'{"E164PhoneNumber":"+14155550100"}'),
            ("POST", f"/accounts/{ACCOUNT}/users/{scene.user}?operation=disassociate-phone-number", b""),
            ("PATCH", f"/accounts/{ACCOUNT}", b""), ("PUT", f"/accounts/{ACCOUNT}/rooms", b""), ("GET", "/meetings", b""),
            ("GET", f"/accounts/{ACCOUNT}/rooms/x/y/z", b""),
        ):
            status, headers, answer = send(method, target, body)
            with self.subTest(f"{method} {target}"):
                self.assertIn(status, (400, 404, 405), answer)
                self.assertEqual(protocol(status, headers, answer), [])
        self.assertEqual(chime.list_users(AccountId=ACCOUNT)["Users"], before)

    def test_nobody(self):
        scene = Scene("nobody")
        for operation, arguments in scene.arguments().items():
            method, target, body = wire(operation, arguments)
            status, headers, answer = send(method, target, json.dumps(body).encode() if body is not None else b"", who=None)
            self.assertEqual((status, headers["x-amzn-errortype"]), (403, "MissingAuthenticationTokenException"), operation)
            self.assertEqual(protocol(status, headers, answer), [])

    def test_limits_of_a_room(self):
        """A thousand members, and the next is one too many: alone by an error, in a batch by that item's."""
        chime = self.watch(client())
        here = {"AccountId": ACCOUNTS["limits"]}
        people = [chime.create_user(Email=f"p{number}@limits.example.com", **here)["User"]["UserId"] for number in range(1002)]
        room = {"RoomId": chime.create_room(Name="full", **here)["Room"]["RoomId"], **here}
        for start in range(0, 1000, 50):
            items = [{"MemberId": one} for one in people[start:start + 50]]
            self.assertEqual(chime.batch_create_room_membership(MembershipItemList=items, **room)["Errors"], [])
        self.refused(chime, "ResourceLimitExceeded", "CreateRoomMembership", MemberId=people[1000], **room)
        chime.delete_room_membership(MemberId=people[7], **room)
        items = [{"MemberId": one} for one in people[1000:]]
        errors = chime.batch_create_room_membership(MembershipItemList=items, **room)["Errors"]
        self.assertEqual([e["ErrorCode"] for e in errors], ["ResourceLimitExceeded"])
        out = errors[0]["MemberId"]
        self.assertIn(out, people[1000:])
        listed = pages(chime, "ListRoomMemberships", "RoomMemberships", lambda m: m["Member"]["MemberId"], MaxResults=99, **room)
        self.assertEqual(len(listed), 1000)
        self.assertEqual(set(listed), set(people) - {people[7], out})
        chime.delete_room(**room)


if __name__ == "__main__":
    unittest.main()
