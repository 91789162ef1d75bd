"""The people of people.yaml in an identity service: made, logged in, and known by their project's id."""

import pathlib
import threading

import yaml

from .wire import call

FILE = pathlib.Path(__file__).parent.parent / "people.yaml"


def read():
    """people.yaml as it is."""
    return yaml.safe_load(FILE.read_text())


class People:
    """Tokens by name, from a Keystone v3 at `auth`; a name is logged in once."""

    def __init__(self, auth, passwords):
        self.auth, self.passwords, self.all = auth, passwords, read()
        self.kept, self.lock = {}, threading.Lock()

    def login(self, name):
        """(token, body of the token) of a user in its own project."""
        with self.lock:
            if name not in self.kept:
                self.kept[name] = self._login(name)
            return self.kept[name]

    def _login(self, name):
        user = self.all["users"][name]
        domain = {"id": self.all["domain"]}
        got = call(self.auth, "POST", "/auth/tokens", {"auth": {
            "identity": {"methods": ["password"], "password": {"user": {
                "name": name, "domain": domain, "password": self.passwords[name]}}},
            "scope": self.scope(user, domain)}})
        return got.header("X-Subject-Token"), got.json["token"]

    @staticmethod
    def scope(user, domain):
        return {"project": {"name": user["project"], "domain": domain}}

    def token(self, name):
        return self.login(name)[0]

    def names(self):
        """Variables for scenarios: the id of each project under its name, and of each user under user.<name>."""
        out = {}
        for name, user in self.all["users"].items():
            body = self.login(name)[1]
            out[user["project"]] = body["project"]["id"]
            out[f"user.{name}"] = body["user"]["id"]
        return out


def make_in_keystone(auth, admin_password, passwords, more=()):
    """Makes what people.yaml lists, and `more` users (name, project, roles), in a freshly bootstrapped Keystone."""
    have = read()
    people = People(auth, {"admin": admin_password})
    token = people.token("admin")

    def find(kind, name):
        one = call(auth, "GET", f"/{kind}?name={name}", token=token).json[kind]
        return one[0]["id"] if one else None

    def make(kind, name, **fields):
        return find(kind, name) or call(
            auth, "POST", f"/{kind}", {kind[:-1]: {"name": name, **fields}}, token).json[kind[:-1]]["id"]

    users = [(n, u["project"], u["roles"]) for n, u in have["users"].items() if not u.get("exists")] + list(more)
    for name, project, roles in users:
        project = make("projects", project, domain_id=have["domain"])
        user = make("users", name, domain_id=have["domain"], password=passwords[name])
        for role in roles:
            call(auth, "PUT", f"/projects/{project}/users/{user}/roles/{make('roles', role)}", token=token)


def add_image_service(auth, admin_password, url, region):
    """The image service and its endpoints in Keystone's catalogue."""
    token = People(auth, {"admin": admin_password}).token("admin")
    service = call(auth, "POST", "/services", {"service": {"name": "image", "type": "image"}}, token).json["service"]["id"]
    for interface in ("public", "internal", "admin"):
        call(auth, "POST", "/endpoints", {"endpoint": {
            "service_id": service, "interface": interface, "url": url, "region_id": region}}, token)
