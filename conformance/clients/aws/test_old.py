"""botocore of January 2020 (the first with rooms had come two months before) and of February 2025 (the last that had
meetings and channels in this namespace), by the calls that all of them know."""

import unittest

import botocore.exceptions
import botocore.session

from world import ACCOUNT, KEYS, RUN, TOLD, URL, UUID


def client(who="ann"):
    return botocore.session.get_session().create_client(
        "chime", region_name="us-east-1", endpoint_url=URL, aws_access_key_id=KEYS[who]["id"],
        aws_secret_access_key=KEYS[who]["secret"])


class Old(unittest.TestCase):
    def setUp(self):
        self.chime = client()

    def refused(self, error, call, **arguments):
        with self.assertRaises(getattr(self.chime.exceptions, error + "Exception")) as caught:
            call(**arguments)
        answer = caught.exception.response
        self.assertEqual(answer["Error"]["Code"], error + "Exception")
        self.assertTrue(answer["Error"]["Message"])
        self.assertRegex(answer["ResponseMetadata"]["RequestId"], UUID)

    def test_the_version_is_the_one_named(self):
        self.assertTrue(botocore.__version__.startswith({"botocore-2020": "1.13.", "botocore-2025": "1.37."}[RUN]))

    def test_rooms_and_memberships(self):
        chime = self.chime
        people = TOLD["people"][RUN]
        here = {"AccountId": ACCOUNT}
        room = chime.create_room(Name=u"Za\u017c\u00f3\u0142\u0107 \U0001f389", ClientRequestToken="old-1", **here)["Room"]
        self.assertEqual(room["Name"], u"Za\u017c\u00f3\u0142\u0107 \U0001f389")
        self.assertIsNotNone(room["CreatedTimestamp"].tzinfo)
        self.assertEqual(chime.create_room(Name=room["Name"], ClientRequestToken="old-1", **here)["Room"]["RoomId"], room["RoomId"])
        place = dict(here, RoomId=room["RoomId"])
        self.assertEqual(chime.update_room(Name="old", **place)["Room"]["Name"], "old")
        self.assertEqual(chime.get_room(**place)["Room"]["Name"], "old")
        added = chime.create_room_membership(MemberId=people[0], **place)
        self.assertEqual(added["ResponseMetadata"]["HTTPStatusCode"], 201)
        self.assertEqual(added["RoomMembership"]["Role"], "Member")
        self.refused("Conflict", chime.create_room_membership, MemberId=people[0], **place)
        self.refused("NotFound", chime.create_room_membership, MemberId="nobody", **place)
        batch = chime.batch_create_room_membership(MembershipItemList=[{"MemberId": p, "Role": "Member"} for p in people], **place)
        self.assertEqual([(e["MemberId"], e["ErrorCode"]) for e in batch["Errors"]], [(people[0], "Conflict")])
        self.refused("BadRequest", chime.batch_create_room_membership,
                     MembershipItemList=[{"MemberId": "m"} for _ in range(51)], **place)
        changed = chime.update_room_membership(MemberId=people[1], Role="Administrator", **place)
        self.assertEqual(changed["RoomMembership"]["Role"], "Administrator")
        found, more = [], {}
        while True:
            page = chime.list_room_memberships(MaxResults=1, **dict(place, **more))
            found += [m["Member"]["MemberId"] for m in page["RoomMemberships"]]
            if "NextToken" not in page:
                break
            more = {"NextToken": page["NextToken"]}
        self.assertEqual(sorted(found), sorted(people))
        self.assertEqual([r["RoomId"] for r in chime.list_rooms(MemberId=people[1], **here)["Rooms"]], [room["RoomId"]])
        gone = chime.delete_room_membership(MemberId=people[1], **place)
        self.assertEqual(gone["ResponseMetadata"]["HTTPStatusCode"], 204)
        self.refused("NotFound", chime.delete_room_membership, MemberId=people[1], **place)
        self.assertEqual(chime.delete_room(**place)["ResponseMetadata"]["HTTPStatusCode"], 204)
        self.refused("NotFound", chime.get_room, **place)
        self.refused("BadRequest", chime.get_room, AccountId="", RoomId=room["RoomId"])

    def test_accounts_users_and_bots(self):
        chime, people = self.chime, TOLD["people"][RUN]
        pages = chime.get_paginator("list_users").paginate(AccountId=ACCOUNT, PaginationConfig={"PageSize": 1})
        self.assertEqual(sorted(u["UserId"] for page in pages for u in page["Users"]), sorted(people))
        self.assertEqual(chime.get_account(AccountId=ACCOUNT)["Account"]["AccountId"], ACCOUNT)
        self.assertEqual(chime.batch_suspend_user(AccountId=ACCOUNT, UserIdList=[people[0], "x"])["UserErrors"][0]["ErrorCode"], "NotFound")
        self.assertEqual(chime.batch_unsuspend_user(AccountId=ACCOUNT, UserIdList=[people[0]])["UserErrors"], [])
        bot = chime.create_bot(AccountId=ACCOUNT, DisplayName="old bot", Domain="example.com")["Bot"]
        self.assertTrue(chime.update_bot(AccountId=ACCOUNT, BotId=bot["BotId"], Disabled=True)["Bot"]["Disabled"])
        self.assertEqual(chime.list_bots(AccountId=ACCOUNT)["Bots"][0]["BotId"], bot["BotId"])

    def test_refusals(self):
        reader = client("rita")
        self.assertEqual(reader.list_rooms(AccountId=ACCOUNT)["ResponseMetadata"]["HTTPStatusCode"], 200)
        with self.assertRaises(reader.exceptions.ForbiddenException):
            reader.create_room(AccountId=ACCOUNT, Name="no")
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            client("carol").list_rooms(AccountId=ACCOUNT)
        self.assertEqual(caught.exception.response["Error"]["Code"], "NotFoundException")


if __name__ == "__main__":
    unittest.main()
