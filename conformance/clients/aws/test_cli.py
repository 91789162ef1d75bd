"""The AWS command-line interface, version 1 or 2: what people type, what is printed, how it ends."""

import json
import os
import re
import subprocess
import unittest

from model import client, listening
from world import ACCOUNT, SLOW, URL, UUID, absent, variables

AWS = os.environ["AWS_CLI"]
VERSION = int(subprocess.run([AWS, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             check=True).stdout.split("/")[1][0])
#: How a refusal by the server ends.
REFUSED = {1: 255, 2: 254}[VERSION]


class Cli(unittest.TestCase):
    env = variables()

    def run_aws(self, operation, *arguments, url=URL, env=None):
        return subprocess.run([AWS, "chime", operation, *arguments, "--endpoint-url", url], env=env or self.env,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)

    def aws(self, operation, *arguments, **more):
        """What a command prints, read as JSON; it must succeed and have nothing to say beside."""
        done = self.run_aws(operation, *arguments, **more)
        self.assertEqual((done.returncode, done.stderr.strip()), (0, ""), done.stdout)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def text(self, query, operation, *arguments):
        done = self.run_aws(operation, *arguments, "--query", query, "--output", "text")
        self.assertEqual((done.returncode, done.stderr.strip()), (0, ""), done.stdout)
        return done.stdout.strip()

    def refused(self, error, operation, *arguments, retries=None, **more):
        """A command that ends with the server's refusal; answers its words."""
        done = self.run_aws(operation, *arguments, **more)
        named = "".join(word.capitalize() for word in operation.split("-"))
        tried = rf" \(reached max retries: {retries}\)" if retries is not None else ""
        found = re.fullmatch(rf"(?:aws: \[ERROR\]: )?An error occurred \({error}\) when calling the {named} operation{tried}: (.+)",
                             done.stderr.strip(), re.S)
        self.assertTrue(found, f"{error} was to come: {done}")
        self.assertEqual((done.returncode, done.stdout), (REFUSED, ""))
        return found[1]


class Story(Cli):
    def test_story(self):
        here = ("--account-id", ACCOUNT)
        # Accounts: the call makes Team accounts only; a list is searched by the beginning of the name.
        team = self.aws("create-account", "--name", f"Team of {ACCOUNT}")["Account"]
        self.assertEqual((team["AccountType"], team["Name"]), ("Team", f"Team of {ACCOUNT}"))
        self.assertRegex(team["AwsAccountId"], r"^\d{12}$")
        self.assertEqual(self.aws("list-accounts", "--name", f"Team of {ACCOUNT}")["Accounts"][0]["AccountId"], team["AccountId"])
        self.assertEqual(self.text("Account.AccountType", "get-account", *here), "EnterpriseLWA")
        renamed = self.aws("update-account", *here, "--name", "Enterprise One", "--default-license", "Basic")["Account"]
        self.assertEqual((renamed["Name"], renamed["DefaultLicense"], renamed["SupportedLicenses"]),
                         ("Enterprise One", "Basic", ["Basic", "Pro"]))
        self.aws("update-account", *here, "--default-license", "Pro")
        self.assertIsNone(self.aws("update-account-settings", *here, "--account-settings", "DisableRemoteControl=true"))
        self.assertTrue(self.aws("get-account-settings", *here)["AccountSettings"]["DisableRemoteControl"])

        # People.
        ana = self.text("User.UserId", "create-user", *here, "--email", "ana@example.com", "--username", "Ana", "--user-type",
                        "PrivateUser")
        bob = self.text("User.UserId", "create-user", *here, "--email", "bob@example.com", "--username", "Bob")
        self.refused("ConflictException", "create-user", *here, "--email", "ana@example.com")
        self.assertEqual(self.text("Users[].UserId", "list-users", *here, "--user-email", "ana@example.com"), ana)
        both = self.aws("list-users", *here, "--page-size", "1")
        self.assertEqual({user["UserId"] for user in both["Users"]}, {ana, bob})
        self.assertEqual(self.text("User.LicenseType", "update-user", *here, "--user-id", bob, "--license-type", "Basic"), "Basic")
        self.assertEqual(self.aws("batch-update-user", *here, "--update-user-request-items", f"UserId={ana},LicenseType=Pro",
                                  f"UserId={bob},LicenseType=Pro")["UserErrors"], [])
        self.assertEqual(self.text("UserErrors[].[UserId,ErrorCode]", "batch-suspend-user", *here, "--user-id-list", bob,
                                   "no-such-user").split(), ["no-such-user", "NotFound"])
        self.assertEqual(self.text("User.UserRegistrationStatus", "get-user", *here, "--user-id", bob), "Suspended")
        self.assertEqual(self.aws("batch-unsuspend-user", *here, "--user-id-list", bob)["UserErrors"], [])
        self.assertEqual(self.text("User.UserRegistrationStatus", "get-user", *here, "--user-id", bob), "Registered")
        pin = self.text("User.PersonalPIN", "reset-personal-pin", *here, "--user-id", ana)
        self.assertRegex(pin, r"^\d{10}$")
        self.assertIsNone(self.aws("logout-user", *here, "--user-id", ana))
        self.assertIsNone(self.aws("update-user-settings", *here, "--user-id", ana, "--user-settings",
                                   "Telephony={InboundCalling=true,OutboundCalling=false,SMS=false}"))
        self.assertEqual(self.aws("get-user-settings", *here, "--user-id", ana)["UserSettings"]["Telephony"],
                         {"InboundCalling": True, "OutboundCalling": False, "SMS": False})

        # Rooms: one token makes one room, one name may be that of many.
        once = (*here, "--name", "chatRoom", "--client-request-token", "tok-1")
        room = self.text("Room.RoomId", "create-room", *once)
        self.assertEqual(self.text("Room.RoomId", "create-room", *once), room)
        second = self.text("Room.RoomId", "create-room", *here, "--name", "chatRoom")
        self.assertNotEqual(second, room)
        in_room = (*here, "--room-id", room)
        self.assertEqual(self.text("Room.Name", "update-room", *in_room, "--name", "teamRoom"), "teamRoom")
        shown = self.aws("get-room", *in_room)["Room"]
        self.assertEqual((shown["Name"], shown["AccountId"], shown["RoomId"]), ("teamRoom", ACCOUNT, room))
        self.assertRegex(shown["CreatedBy"], r"^arn:aws:iam::\d{12}:user/ann$")
        # Version 1 prints the time as it came, version 2 as Python has it.
        self.assertRegex(shown["CreatedTimestamp"],
                         {1: r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", 2: r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$"}[VERSION])

        # Memberships.
        add = ("create-room-membership", *in_room, "--member-id")
        self.assertEqual(self.text("RoomMembership.[Role,Member.Email]", *add, ana).split(), ["Member", "ana@example.com"])
        self.refused("ConflictException", *add, ana)
        self.refused("NotFoundException", *add, "nobody")
        self.refused("BadRequestException", *add, bob, "--role", "Owner")
        batch = ("batch-create-room-membership", *in_room, "--membership-item-list")
        self.assertEqual(self.text("Errors[].[MemberId,ErrorCode]", *batch, f"MemberId={ana}", f"MemberId={bob},Role=Administrator",
                                   "MemberId=nobody,Role=Member").split(), [ana, "Conflict", "nobody", "NotFound"])
        self.assertEqual(self.text("RoomMembership.Role", "update-room-membership", *in_room, "--member-id", ana, "--role",
                                   "Administrator"), "Administrator")
        listed = self.aws("list-room-memberships", *in_room)
        self.assertEqual({(m["Member"]["Email"], m["Role"]) for m in listed["RoomMemberships"]},
                         {("ana@example.com", "Administrator"), ("bob@example.com", "Administrator")})
        self.assertNotIn("NextToken", listed)
        one = ("list-room-memberships", *in_room, "--max-results", "1")
        first = self.aws(*one)
        last = self.aws(*one, "--next-token", first["NextToken"])
        self.assertNotIn("NextToken", last)
        self.assertEqual({page["RoomMemberships"][0]["Member"]["MemberId"] for page in (first, last)}, {ana, bob})
        self.assertEqual(self.aws("list-rooms", *here, "--member-id", bob)["Rooms"], [self.aws("get-room", *in_room)["Room"]])
        self.refused("BadRequestException", *batch, *(f"MemberId=m{number}" for number in range(51)))
        remove = ("delete-room-membership", *in_room, "--member-id", bob)
        self.assertIsNone(self.aws(*remove))
        self.refused("NotFoundException", *remove)
        self.assertEqual(self.aws("list-rooms", *here, "--member-id", bob)["Rooms"], [])

        # Bots. Version 1 would download a value that begins with https://; JSON keeps it from that.
        bot = self.text("Bot.BotId", "create-bot", *here, "--display-name", "myBot", "--domain", "example.com")
        its = (*here, "--bot-id", bot)
        url = listening()
        put = self.aws("put-events-configuration", *its, "--cli-input-json", json.dumps({"OutboundEventsHTTPSEndpoint": url}))
        self.assertEqual(put["EventsConfiguration"], {"BotId": bot, "OutboundEventsHTTPSEndpoint": url})
        self.assertEqual(self.aws("get-events-configuration", *its), put)
        self.assertEqual(self.text("RoomMembership.Member.MemberType", *add, bot), "Bot")
        token = self.text("Bot.SecurityToken", "get-bot", *its)
        self.assertNotEqual(self.text("Bot.SecurityToken", "regenerate-security-token", *its), token)
        self.assertEqual(self.text("Bot.Disabled", "update-bot", *its, "--disabled"), "True")
        self.assertEqual(self.text("Bot.Disabled", "update-bot", *its, "--no-disabled"), "False")
        self.assertEqual(self.text("Bots[].[DisplayName,BotEmail]", "list-bots", *here).split("\t"),
                         ["myBot (Bot)", "myBot-chimebot@example.com"])
        self.assertIsNone(self.aws("delete-events-configuration", *its))

        # The end.
        self.aws("redact-room-message", *in_room, "--message-id", absent())
        self.assertIsNone(self.aws("delete-room", *in_room))
        self.refused("NotFoundException", "get-room", *in_room)
        self.refused("BadRequestException", "get-room", "--account-id", "", "--room-id", second)
        self.refused("UnprocessableEntityException", "delete-account", *here)
        self.assertIsNone(self.aws("delete-account", "--account-id", team["AccountId"]))


class Refusals(Cli):
    def test_who_calls(self):
        list_accounts = ("list-accounts",)
        self.refused("UnrecognizedClientException", *list_accounts, env=dict(self.env, AWS_ACCESS_KEY_ID="BADKEY"))
        self.refused("InvalidSignatureException", *list_accounts, env=dict(self.env, AWS_SECRET_ACCESS_KEY="wrong"))
        self.refused("MissingAuthenticationTokenException", *list_accounts, "--no-sign-request")
        self.refused("UnrecognizedClientException", *list_accounts, env=dict(self.env, AWS_SESSION_TOKEN="of nobody"))

    def test_what_a_caller_may_do(self):
        here = ("--account-id", ACCOUNT)
        reader, stranger = variables("rita"), variables("carol")
        self.aws("list-rooms", *here, env=reader)
        words = self.refused("ForbiddenException", "create-room", *here, "--name", "no", env=reader)
        self.assertNotIn(ACCOUNT, words)
        theirs = self.refused("NotFoundException", "list-rooms", *here, env=stranger)
        nothing = absent()
        nobodys = self.refused("NotFoundException", "list-rooms", "--account-id", nothing, env=stranger)
        self.assertEqual(theirs.replace(ACCOUNT, "ID"), nobodys.replace(nothing, "ID"))

    def test_any_region_signs(self):
        for region in ("eu-west-1", "aws-global", "somewhere-9"):
            self.aws("list-accounts", "--region", region)

    def test_an_old_base_path(self):
        self.aws("list-rooms", "--account-id", ACCOUNT, url=URL + "/console")
        self.refused("NotFoundException", "get-room", "--account-id", ACCOUNT, "--room-id", absent(), url=URL + "/console")

    def test_slowing_down(self):
        """A list of more pages than anybody is let in for. Version 1 tries again by itself, up to four times a page;
        version 2 leaves it to people."""
        who = f"slow cli-{VERSION}"
        # Two requests, which are let in at once.
        chime = client(who, SLOW)
        team = chime.create_account(Name="pages")["Account"]["AccountId"]
        chime.invite_users(AccountId=team, UserEmailList=[f"p{number}@pages.example.com" for number in range(50)])
        pages = ("list-users", "--account-id", team, "--page-size", "1")
        self.refused("ThrottledClientException", *pages, retries=0, url=SLOW, env=variables(who, AWS_MAX_ATTEMPTS="1"))
        # At four a second they cannot be had without a refusal, unless they take six seconds.
        done = self.run_aws(*pages, "--max-items", "25", "--debug", url=SLOW, env=variables(who))
        self.assertIn("ThrottledClientException", done.stderr)
        self.assertEqual(done.returncode, {1: 0, 2: REFUSED}[VERSION], done.stderr[-2000:])
        if VERSION == 1:
            self.assertEqual(len(json.loads(done.stdout)["Users"]), 25)

    def test_a_wrong_clock_fails(self):
        """Sixteen minutes are too many, and this client does not set its clock right by itself."""
        for offset in ("-16m", "+16m"):
            done = subprocess.run(["/usr/bin/faketime", "-f", offset, AWS, "chime", "list-accounts", "--endpoint-url", URL], env=self.env,
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, REFUSED, done)
            self.assertIn("(InvalidSignatureException)", done.stderr)
        done = subprocess.run(["/usr/bin/faketime", "-f", "-14m", AWS, "chime", "list-accounts", "--endpoint-url", URL], env=self.env,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done)

    def test_printed_ids_are_ids(self):
        self.assertRegex(self.text("Account.AccountId", "get-account", "--account-id", ACCOUNT), "^" + UUID.pattern + "$")


if __name__ == "__main__":
    unittest.main()
