"""Everything that changes something: how it is prepared, done, and looked at afterwards.

A change is prepared without a fault. It has a thing, what `look` shows of the thing when it was done (`new`), and what else
may be seen when it was not acknowledged and broke off (`also`, beside the old value).
"""

import itertools
import json

from .world import PATCH, Answer, Violation, digest, new_id, noise


class Thing:
    """Something with a value that can be looked at, and what may be seen there."""

    def __init__(self, label, look, remove):
        self.label, self.look, self.remove = label, look, remove
        self.allowed = [None]

    def settle(self, when):
        """Looks; what is seen must be allowed, and is what holds from now on."""
        seen = self.look()
        if seen not in self.allowed:
            raise Violation(f"{when}, {self.label} is {brief(seen)}, and may be {' or '.join(map(brief, self.allowed))}")
        self.allowed = [seen]
        return seen


def brief(value):
    return json.dumps(value, sort_keys=True)[:600]


class Change:
    """One change of one thing."""

    def __init__(self, thing, new, act, also=(), again=(), command=False, settled=None, anew=()):
        self.thing, self.new, self.also, self.command = thing, new, list(also), command
        #: What a repetition may leave beside the new value.
        self.anew = list(anew)
        #: Does it; a command takes the rule of its gate.
        self.act = act
        #: Statuses with which a repetition says that it was done already.
        self.again = again
        #: Called with the answer of an acknowledged change.
        self.settled = settled or (lambda answer: None)


CHANGES = {}


def change(name):
    def keep(make):
        CHANGES[name] = make
        return make
    return keep


# Images.

def look_image(w, id_):
    """Status, fields, guests, and the digest of the data, which must be whole."""
    def look():
        shown = w.ask("GET", f"/v2/images/{id_}", who="admin")
        if shown.status == 404:
            return None
        shown = w.must(shown).json()
        members = w.must(w.ask("GET", f"/v2/images/{id_}/members", who="admin")).json()["members"]
        seen = {"status": shown["status"], "name": shown["name"], "tags": sorted(shown["tags"]), "kind": shown.get("kind"),
                "members": {one["member_id"]: one["status"] for one in members}, "data": None}
        if shown["status"] in ("active", "deactivated"):
            data = w.must(w.send("GET", f"/v2/images/{id_}/file", w.tokens["admin"]), 200).body
            if len(data) != shown["size"] or len(shown["os_hash_value"]) != 128:
                raise Violation(f"image {id_} has {shown['size']} bytes and serves {len(data)}")
            seen["data"] = digest(data)
        # Who is out is out for whoever asks, not only in the list.
        reads = w.ask("GET", f"/v2/images/{id_}", who="bob").status == 200
        if reads != (w.projects["bob"] in seen["members"]):
            raise Violation(f"image {id_}: bob {'reads' if reads else 'does not read'} it, its members are {seen['members']}")
        return seen
    return look


def image(w, data=None, member=None, tags=(), kind="raw"):
    """An image of alice, without a fault."""
    id_ = new_id()
    body = {"id": id_, "name": "an image", "disk_format": kind, "container_format": "ovf" if kind == "vhd" else "bare", "tags": list(tags), "kind": "old"}
    w.must(w.ask("POST", "/v2/images", body))
    value = {"status": "queued", "name": "an image", "tags": sorted(tags), "kind": "old", "members": {}, "data": None}
    if data is not None:
        w.must(w.send("PUT", f"/v2/images/{id_}/file", w.tokens["alice"], data, {"Content-Type": "application/octet-stream"}))
        value |= {"status": "active", "data": digest(data)}
    if member:
        w.must(w.ask("POST", f"/v2/images/{id_}/members", {"member": w.projects["bob"]}))
        value["members"] = {w.projects["bob"]: "pending"}
    if member == "accepted":
        w.must(w.ask("PUT", f"/v2/images/{id_}/members/{w.projects['bob']}", {"status": "accepted"}, "bob"))
        value["members"] = {w.projects["bob"]: "accepted"}
    thing = Thing(f"image {id_}", look_image(w, id_), lambda: w.ask("DELETE", f"/v2/images/{id_}"))
    thing.allowed = [value]
    return id_, value, thing


@change("image create")
def _(w, chance):
    id_ = new_id()
    body = {"id": id_, "name": "made", "disk_format": "raw", "container_format": "bare", "tags": ["a", "b"], "kind": "new"}
    new = {"status": "queued", "name": "made", "tags": ["a", "b"], "kind": "new", "members": {}, "data": None}
    thing = Thing(f"image {id_}", look_image(w, id_), lambda: w.ask("DELETE", f"/v2/images/{id_}"))
    return Change(thing, new, lambda: w.ask("POST", "/v2/images", body), again=(409,))


def upload(size, chunked=False):
    def make(w, chance):
        id_, old, thing = image(w)
        data = noise(size, chance)
        new = old | {"status": "active", "data": digest(data)}

        def act():
            body = (data[at:at + 65536] for at in range(0, size, 65536)) if chunked else data
            return w.send("PUT", f"/v2/images/{id_}/file", w.tokens["alice"], body, {"Content-Type": "application/octet-stream"})
        return Change(thing, new, act, again=(409,))
    return make


CHANGES["upload"] = upload(40_000)
CHANGES["upload of blocks"] = upload(5_000_000)
CHANGES["upload in chunks"] = upload(300_000, True)


@change("image patch")
def _(w, chance):
    id_, old, thing = image(w)
    body = [{"op": "replace", "path": "/name", "value": "patched"}, {"op": "replace", "path": "/kind", "value": "new"}]
    return Change(thing, old | {"name": "patched", "kind": "new"}, lambda: w.ask("PATCH", f"/v2/images/{id_}", body, kind=PATCH))


@change("tag add")
def _(w, chance):
    id_, old, thing = image(w, tags=["a"])
    return Change(thing, old | {"tags": ["a", "b"]}, lambda: w.ask("PUT", f"/v2/images/{id_}/tags/b"))


@change("tag delete")
def _(w, chance):
    id_, old, thing = image(w, tags=["a", "b"])
    return Change(thing, old | {"tags": ["b"]}, lambda: w.ask("DELETE", f"/v2/images/{id_}/tags/a"), again=(404,))


def member(method, before, after, path="/v2", who="alice"):
    """A change of the guest list."""
    def make(w, chance):
        id_, old, thing = image(w, member=before)
        bob = w.projects["bob"]
        list_ = f"{path}/images/{id_}/members"
        acts = {
            "POST": lambda: w.ask("POST", list_, {"member": bob}, who),
            "PUT": lambda: w.ask("PUT", f"{list_}/{bob}", {"status": after}, who),
            "DELETE": lambda: w.ask("DELETE", f"{list_}/{bob}", None, who),
            "V1": lambda: w.ask("PUT", f"{list_}/{bob}", None, who),
            "REPLACE": lambda: w.ask("PUT", list_, {"memberships": [{"member_id": "p1"}, {"member_id": "p2"}]}, who),
        }
        members = {"p1": after, "p2": after} if method == "REPLACE" else {bob: after} if after else {}
        return Change(thing, old | {"members": members}, acts[method], again=(404, 409))
    return make


CHANGES["member add"] = member("POST", None, "pending")
CHANGES["member accept"] = member("PUT", "pending", "accepted", who="bob")
CHANGES["member reject"] = member("PUT", "accepted", "rejected", who="bob")
CHANGES["member revoke"] = member("DELETE", "accepted", None)
CHANGES["v1 member add"] = member("V1", None, "pending", "/v1")
CHANGES["v1 members replace"] = member("REPLACE", "accepted", "pending", "/v1")
CHANGES["v1 member delete"] = member("DELETE", "accepted", None, "/v1")
CHANGES["rackspace member add"] = member("POST", None, "pending", "/rackspace/v2")
CHANGES["rackspace member accept"] = member("PUT", "pending", "accepted", "/rackspace/v2", "bob")
CHANGES["rackspace member delete"] = member("DELETE", "accepted", None, "/rackspace/v2")


def delete(path, **how):
    def make(w, chance):
        size = how.get("size")
        id_, _, thing = image(w, noise(size, chance) if size else None, how.get("member"))
        return Change(thing, None, lambda: w.ask("DELETE", f"{path}/images/{id_}"), again=(404,))
    return make


CHANGES["image delete"] = delete("/v2", size=50_000, member="accepted")
CHANGES["image delete, queued"] = delete("/v2")
CHANGES["v1 image delete"] = delete("/v1", size=50_000)
CHANGES["rackspace image delete"] = delete("/rackspace/v2", size=50_000)


@change("deactivate")
def _(w, chance):
    id_, old, thing = image(w, noise(20_000, chance))
    return Change(thing, old | {"status": "deactivated"}, lambda: w.ask("POST", f"/v2/images/{id_}/actions/deactivate", who="admin"))


@change("reactivate")
def _(w, chance):
    id_, old, thing = image(w, noise(20_000, chance))
    w.must(w.ask("POST", f"/v2/images/{id_}/actions/deactivate", who="admin"))
    thing.allowed = [old | {"status": "deactivated"}]
    return Change(thing, old, lambda: w.ask("POST", f"/v2/images/{id_}/actions/reactivate", who="admin"))


META = {"x-image-meta-disk_format": "raw", "x-image-meta-container_format": "bare"}


@change("v1 image create")
def _(w, chance):
    id_, data = new_id(), noise(60_000, chance)
    headers = META | {"x-image-meta-id": id_, "x-image-meta-name": "v1", "x-image-meta-property-kind": "v1",
                      "Content-Type": "application/octet-stream"}
    new = {"status": "active", "name": "v1", "tags": [], "kind": "v1", "members": {}, "data": digest(data)}
    thing = Thing(f"image {id_}", look_image(w, id_), lambda: w.ask("DELETE", f"/v2/images/{id_}"))

    def act():
        made = w.send("POST", "/v1/images", w.tokens["alice"], data, headers)
        if made.status == 409:
            # The record may be there without its data, and takes it. Or the failure took it away: then its id was used.
            return w.send("PUT", f"/v1/images/{id_}", w.tokens["alice"], data, {"Content-Type": "application/octet-stream"})
        return made
    return Change(thing, new, act, also=[new | {"status": "queued", "data": None}], again=(404, 409), anew=[None])


@change("v1 image update")
def _(w, chance):
    id_, old, thing = image(w)
    headers = {"x-image-meta-name": "updated", "x-image-meta-property-kind": "v1"}
    return Change(thing, old | {"name": "updated", "kind": "v1"}, lambda: w.send("PUT", f"/v1/images/{id_}", w.tokens["alice"], b"", headers))


@change("v1 upload")
def _(w, chance):
    id_, old, thing = image(w)
    data = noise(30_000, chance)
    act = lambda: w.send("PUT", f"/v1/images/{id_}", w.tokens["alice"], data,
                         {"Content-Type": "application/octet-stream"})
    return Change(thing, old | {"status": "active", "data": digest(data)}, act, again=(409,))


@change("rackspace image patch")
def _(w, chance):
    id_, old, thing = image(w)
    body = [{"op": "replace", "path": "/name", "value": "patched"}]
    return Change(thing, old | {"name": "patched"}, lambda: w.ask("PATCH", f"/rackspace/v2/images/{id_}", body, kind=PATCH))


# Rooms.

def look_room(w, name):
    """The rooms of this name: at most one, with its guests."""
    def look():
        found, token = [], ""
        while True:
            page = w.must(w.chime("GET", "/rooms?max-results=99" + token)).json()
            found += [room for room in page["Rooms"] if room["Name"].split("/")[0] == name]
            if not page.get("NextToken"):
                break
            from measure.rooms import quote
            token = "&next-token=" + quote(page["NextToken"])
        if len(found) > 1:
            raise Violation(f"{len(found)} rooms were made by one call: {name}")
        if not found:
            return None
        path = f"/rooms/{found[0]['RoomId']}"
        guests = w.must(w.chime("GET", f"{path}/memberships?max-results=99")).json()["RoomMemberships"]
        return {"name": found[0]["Name"], "members": {one["Member"]["MemberId"]: one["Role"] for one in guests}}
    return look


def room(w, chance, guests=()):
    """A room of alice, without a fault: its path, its value, the thing."""
    name = f"room-{chance.getrandbits(60):015x}"
    made = w.must(w.chime("POST", "/rooms", {"Name": name})).json()["Room"]
    path = f"/rooms/{made['RoomId']}"
    for person in guests:
        w.must(w.chime("POST", f"{path}/memberships", {"MemberId": person, "Role": "Member"}))
    thing = Thing(f"room {name}", look_room(w, name), lambda: w.chime("DELETE", path))
    thing.allowed = [thing.look()]
    return path, thing.allowed[0], thing


@change("room create")
def _(w, chance):
    name, token = f"room-{chance.getrandbits(60):015x}", f"{chance.getrandbits(60):015x}"
    thing = Thing(f"room {name}", look_room(w, name), lambda: None)

    def settled(answer):
        thing.remove = lambda: w.chime("DELETE", f"/rooms/{answer.json()['Room']['RoomId']}")
    new = {"name": name, "members": {}}
    _, like, other = room(w, chance)
    new["members"] = like["members"]
    other.remove()
    return Change(thing, new, lambda: w.chime("POST", "/rooms", {"Name": name, "ClientRequestToken": token}), settled=settled)


@change("room update")
def _(w, chance):
    path, old, thing = room(w, chance)
    return Change(thing, old | {"name": old["name"] + "/2"}, lambda: w.chime("POST", path, {"Name": old["name"] + "/2"}))


@change("room delete")
def _(w, chance):
    path, _, thing = room(w, chance, w.people[:2])
    return Change(thing, None, lambda: w.chime("DELETE", path), again=(404,))


def person(w, chance):
    """Somebody new in the account: the id."""
    email = f"p{chance.getrandbits(60):x}@faults.example.com"
    return w.must(w.chime("POST", "/users?operation=create", {"Email": email})).json()["User"]["UserId"]


def somebody(w, chance):
    """People who are in no room yet; made once and used again, as their number is limited by nothing else."""
    if len(getattr(w, "spare", [])) < 3:
        w.spare = [person(w, chance) for _ in range(3)]
    return w.spare


@change("room member add")
def _(w, chance):
    one = somebody(w, chance)[0]
    path, old, thing = room(w, chance)
    return Change(thing, old | {"members": old["members"] | {one: "Member"}},
                  lambda: w.chime("POST", f"{path}/memberships", {"MemberId": one, "Role": "Member"}), again=(409,))


@change("room members add")
def _(w, chance):
    people = somebody(w, chance)
    path, old, thing = room(w, chance)
    whole = [{"members": old["members"] | {one: "Member" for one in some}} | {"name": old["name"]}
             for count in range(4) for some in itertools.combinations(people, count)]

    def act():
        answer = w.chime("POST", f"{path}/memberships?operation=batch-create", {
            "MembershipItemList": [{"MemberId": one, "Role": "Member"} for one in people]})
        # Each item has an answer of its own; acknowledged is the call without errors.
        return Answer(503, answer.body) if answer.acknowledged and answer.json().get("Errors") else answer
    return Change(thing, whole[-1], act, also=whole[:-1], again=(503,))


@change("room member update")
def _(w, chance):
    one = somebody(w, chance)[0]
    path, old, thing = room(w, chance, [one])
    return Change(thing, old | {"members": old["members"] | {one: "Administrator"}},
                  lambda: w.chime("POST", f"{path}/memberships/{one}", {"Role": "Administrator"}))


@change("room member delete")
def _(w, chance):
    one = somebody(w, chance)[0]
    path, old, thing = room(w, chance, [one])
    new = old | {"members": {who: role for who, role in old["members"].items() if who != one}}
    return Change(thing, new, lambda: w.chime("DELETE", f"{path}/memberships/{one}"), again=(404,))


@change("message post")
def _(w, chance):
    path, _, about = room(w, chance)
    where = ["--account", w.account, "--room", path.rsplit("/", 1)[1]]
    made = json.loads(done(w.command("chime", "webhook", "create", *where, "--name", "hook", "--json")))
    url = made["url"].split("/", 3)[3]

    def look():
        if about.look() is None:
            return None
        return sorted({one["content"] for one in json.loads(done(w.command("chime", "room", "log", *where, "--json")))})
    thing = Thing(f"the messages of {about.label}", look, about.remove)
    thing.allowed = [[]]
    # Twice in a second is too often: that a repetition is answered so is as good as done.
    return Change(thing, ["words"], lambda: w.send(
        "POST", "/" + url, None, b'{"Content": "words"}', {"Content-Type": "application/json"}), again=(429,))


@change("chime user create")
def _(w, chance):
    email = f"u{chance.getrandbits(60):x}@faults.example.com"

    def look():
        found = w.must(w.chime("GET", f"/users?max-results=99&user-email={email.replace('@', '%40')}")).json()["Users"]
        return len(found) or None
    return Change(Thing(f"user {email}", look, lambda: None), 1, lambda: w.chime("POST", "/users?operation=create", {"Email": email}), again=(409,))


@change("chime user update")
def _(w, chance):
    one = somebody(w, chance)[2]
    look = lambda: w.must(w.chime("GET", f"/users/{one}")).json()["User"]["LicenseType"]
    thing = Thing(f"user {one}", look, lambda: None)
    thing.allowed = [look()]
    new = "Basic" if thing.allowed[0] != "Basic" else "Pro"
    return Change(thing, new, lambda: w.chime("POST", f"/users/{one}", {"LicenseType": new}))


@change("bot create")
def _(w, chance):
    name = f"bot {chance.getrandbits(60):x}"

    def look():
        return sum(name in bot["DisplayName"] for bot in w.must(w.chime("GET", "/bots?max-results=99")).json()["Bots"]) or None
    # There is no call that removes a bot, and a repetition makes another: one of them at least is what was asked for.
    return Change(Thing(name, look, lambda: None), 1, lambda: w.chime("POST", "/bots", {"DisplayName": name}), anew=[2])


# People.

def one_line(w, *words):
    code, out, error, _ = w.command(*words)
    return json.loads(out) if code == 0 else None


def done(outcome):
    """The output of a command that has to succeed."""
    code, out, error, _ = outcome
    if code:
        raise Violation(f"a command without a fault fails: {error}")
    return out


def command(w, *words):
    """Runs a command as a change does: 200 for exit 0, 500 for the rest; kill is no answer."""
    def act(rule=None):
        code, out, error, passed = w.command(*words, rule=rule)
        answer = Answer(200 if code == 0 else 0 if code < 0 else 500, (out or error).encode())
        answer.gate = passed
        return answer
    return act


def v3(w, method, path, body=None):
    return w.ask(method, "/identity/v3" + path, body, "admin")


def user(w, chance):
    name = f"u{chance.getrandbits(60):015x}"
    made = w.must(v3(w, "POST", "/users", {"user": {"name": name, "password": "old-password"}})).json()["user"]["id"]
    return name, made


def look_user(w, name):
    def look():
        found = w.must(v3(w, "GET", f"/users?name={name}")).json()["users"]
        return {"enabled": found[0]["enabled"]} if found else None
    return look


@change("token create")
def _(w, chance):
    made = []

    def look():
        good = [w.send("GET", "/v2/images?limit=1", token).status == 200 for token in made]
        if not all(good):
            raise Violation(f"a token that was answered is not good: {good}")
        return len(good) or None

    def act():
        answer = w.login("alice", "alpha")
        if answer.acknowledged:
            made.append(answer.headers["x-subject-token"])
        return answer
    return Change(Thing("a token", look, lambda: None), 1, act)


@change("token revoke")
def _(w, chance):
    token = w.must(w.login("bob", "beta")).headers["x-subject-token"]
    look = lambda: "good" if w.send("GET", "/v2/images?limit=1", token).status == 200 else None
    thing = Thing("a token", look, lambda: None)
    thing.allowed = ["good"]
    # A token that is gone is nobody's: whose it was may not be asked by its number any more.
    return Change(thing, None, lambda: w.send("DELETE", "/identity/v3/auth/tokens", w.tokens["bob"], b"", {"X-Subject-Token": token}),
                  again=(403, 404))


@change("user create")
def _(w, chance):
    name = f"u{chance.getrandbits(60):015x}"
    return Change(Thing(f"user {name}", look_user(w, name), lambda: None), {"enabled": True},
                  lambda: v3(w, "POST", "/users", {"user": {"name": name, "password": "a-password"}}), again=(409,))


@change("user disable")
def _(w, chance):
    name, id_ = user(w, chance)
    thing = Thing(f"user {name}", look_user(w, name), lambda: v3(w, "DELETE", f"/users/{id_}"))
    thing.allowed = [{"enabled": True}]
    return Change(thing, {"enabled": False}, lambda: v3(w, "PATCH", f"/users/{id_}", {"user": {"enabled": False}}))


@change("user delete")
def _(w, chance):
    name, id_ = user(w, chance)
    thing = Thing(f"user {name}", look_user(w, name), lambda: None)
    thing.allowed = [{"enabled": True}]
    return Change(thing, None, lambda: v3(w, "DELETE", f"/users/{id_}"), again=(404,))


@change("role grant")
def _(w, chance):
    _, id_ = user(w, chance)
    roles = {role["name"]: role["id"] for role in w.must(v3(w, "GET", "/roles")).json()["roles"]}
    path = f"/projects/{w.projects['alice']}/users/{id_}/roles/{roles['member']}"
    look = lambda: "granted" if v3(w, "HEAD", path).acknowledged else None
    return Change(Thing(f"a role of {id_}", look, lambda: v3(w, "DELETE", f"/users/{id_}")), "granted", lambda: v3(w, "PUT", path))


@change("access key delete")
def _(w, chance):
    path = f"/users/{w.accounts['bob']}/credentials/OS-EC2"
    made = w.must(v3(w, "POST", path, {"tenant_id": w.projects["bob"]})).json()["credential"]["access"]
    look = lambda: "there" if v3(w, "GET", f"{path}/{made}").status == 200 else None
    thing = Thing(f"access key {made}", look, lambda: v3(w, "DELETE", f"{path}/{made}"))
    thing.allowed = ["there"]
    return Change(thing, None, lambda: v3(w, "DELETE", f"{path}/{made}"), again=(404,))


# Commands beside the running server.

@change("command project create")
def _(w, chance):
    name = f"p{chance.getrandbits(60):015x}"
    look = lambda: len(w.must(v3(w, "GET", f"/projects?name={name}")).json()["projects"]) or None
    return Change(Thing(f"project {name}", look, lambda: w.command("project", "delete", name)), 1,
                  command(w, "project", "create", name), again=(500,), command=True)


@change("command project delete")
def _(w, chance):
    name = f"p{chance.getrandbits(60):015x}"
    done(w.command("project", "create", name))
    look = lambda: len(w.must(v3(w, "GET", f"/projects?name={name}")).json()["projects"]) or None
    thing = Thing(f"project {name}", look, lambda: None)
    thing.allowed = [1]
    return Change(thing, None, command(w, "project", "delete", name), again=(500,), command=True)


@change("command user create")
def _(w, chance):
    name = f"u{chance.getrandbits(60):015x}"
    has = {"enabled": True}
    act = command(w, "user", "create", name, "--project", "alpha", "--role", "member", "--generate-password")
    return Change(Thing(f"user {name}", look_user(w, name), lambda: w.command("user", "delete", name)), has, act, again=(500,), command=True)


@change("command role remove")
def _(w, chance):
    name, id_ = user(w, chance)
    grant = ["member", "--user", name, "--project", "alpha"]
    done(w.command("role", "add", *grant))
    roles = {role["name"]: role["id"] for role in w.must(v3(w, "GET", "/roles")).json()["roles"]}
    path = f"/projects/{w.projects['alice']}/users/{id_}/roles/{roles['member']}"
    look = lambda: "granted" if v3(w, "HEAD", path).acknowledged else None
    thing = Thing(f"a role of {name}", look, lambda: v3(w, "DELETE", f"/users/{id_}"))
    thing.allowed = ["granted"]
    return Change(thing, None, command(w, "role", "remove", *grant), again=(500,), command=True)


@change("command key create")
def _(w, chance):
    name, id_ = user(w, chance)
    done(w.command("role", "add", "member", "--user", name, "--project", "alpha"))
    look = lambda: len(w.must(v3(w, "GET", f"/users/{id_}/credentials/OS-EC2")).json()["credentials"]) or None
    thing = Thing(f"the access keys of {name}", look, lambda: v3(w, "DELETE", f"/users/{id_}"))
    # A repetition makes another one: both are good.
    return Change(thing, 1, command(w, "key", "create", "--user", name, "--project", "alpha", "--json"), anew=[2], command=True)


@change("command account create")
def _(w, chance):
    name = f"a{chance.getrandbits(60):015x}"
    look = lambda: sum(one["name"] == name for one in json.loads(done(w.command("chime", "account", "list", "--json")))) or None
    return Change(Thing(f"account {name}", look, lambda: None), 1,
                  command(w, "chime", "account", "create", "--name", name, "--project", "beta", "--json"), again=(500,), anew=[2], command=True)


@change("command db purge")
def _(w, chance):
    _, old, thing = image(w, tags=["kept"])
    return Change(thing, old, command(w, "db", "purge", "--age-in-days", "0"), command=True)


@change("command db sync")
def _(w, chance):
    _, old, thing = image(w, tags=["kept"])
    return Change(thing, old, command(w, "db", "sync"), command=True)
