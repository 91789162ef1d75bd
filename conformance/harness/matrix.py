"""Who may do what: every operation on an image, by every kind of caller, at every visibility.

The expected answers are tables/access.tsv, a row an operation and caller, a column a visibility. A cell is a status;
for lists it is whether the image is in (`in`, `out`), for the list of members also how many are shown.
"""

import concurrent.futures
import json
import pathlib
import uuid

from . import wire
from .scenario import Run

TABLE = pathlib.Path(__file__).parent.parent / "tables" / "access.tsv"
# Rows in which Salon means to differ, with the reason in a last column.
DIFFERENT = TABLE.with_name("access-salon.tsv")
VISIBILITIES = ("private", "shared", "community", "public")
# What the caller is to the image -> who that is. The image is alpha's; beta, gamma and delta are its members.
CALLERS = {
    "owner": "alice", "owner-reader": "alice-reader", "owner-service": "alice-service",
    "pending": "bob", "pending-reader": "bob-reader", "accepted": "carol", "accepted-reader": "carol-reader",
    "rejected": "dave", "other": "erin", "admin": "admin", "nobody": None,
}
MEMBERS = {"beta": "pending", "gamma": "accepted", "delta": "rejected"}
PATCH = [("Content-Type", "application/openstack-images-v2.1-json-patch")]
DATA = [("Content-Type", "application/octet-stream")]
JSON = [("Content-Type", "application/json")]
# operation -> (what image it needs, method, path, headers, body). {own} is the caller's project, {another} another member's.
OPERATIONS = {
    "show": ("active", "GET", "/{id}", [], None),
    "list": ("active", "LIST", "", [], None),
    "list visibility=all": ("active", "LIST", "&visibility=all", [], None),
    "list visibility=public": ("active", "LIST", "&visibility=public", [], None),
    "list visibility=private": ("active", "LIST", "&visibility=private", [], None),
    "list visibility=shared": ("active", "LIST", "&visibility=shared", [], None),
    "list visibility=community": ("active", "LIST", "&visibility=community", [], None),
    "list member_status=pending": ("active", "LIST", "&member_status=pending", [], None),
    "list member_status=rejected": ("active", "LIST", "&member_status=rejected", [], None),
    "list member_status=all": ("active", "LIST", "&member_status=all", [], None),
    "list visibility=shared member_status=all": ("active", "LIST", "&visibility=shared&member_status=all", [], None),
    "download": ("active", "GET", "/{id}/file", [], None),
    "download deactivated": ("deactivated", "GET", "/{id}/file", [], None),
    "download without data": ("queued", "GET", "/{id}/file", [], None),
    "patch": ("active", "PATCH", "/{id}", PATCH, [{"op": "add", "path": "/note", "value": "x"}]),
    "patch nothing": ("active", "PATCH", "/{id}", PATCH, []),
    "patch owner": ("active", "PATCH", "/{id}", PATCH, [{"op": "replace", "path": "/owner", "value": "zeta"}]),
    "patch to public": ("active", "PATCH", "/{id}", PATCH, [{"op": "replace", "path": "/visibility", "value": "public"}]),
    "patch to community": ("active", "PATCH", "/{id}", PATCH, [{"op": "replace", "path": "/visibility", "value": "community"}]),
    "tag add": ("active", "PUT", "/{id}/tags/new", [], None),
    "tag delete": ("active", "DELETE", "/{id}/tags/old", [], None),
    "upload": ("queued", "PUT", "/{id}/file", DATA, b"data"),
    "deactivate": ("active", "POST", "/{id}/actions/deactivate", [], None),
    "reactivate": ("deactivated", "POST", "/{id}/actions/reactivate", [], None),
    "delete": ("active", "DELETE", "/{id}", [], None),
    "delete protected": ("protected", "DELETE", "/{id}", [], None),
    "members list": ("active", "GET", "/{id}/members", [], None),
    "member show own": ("active", "GET", "/{id}/members/{own}", [], None),
    "member show another's": ("active", "GET", "/{id}/members/{another}", [], None),
    "member add": ("active", "POST", "/{id}/members", JSON, {"member": "zeta"}),
    "member own status": ("active", "PUT", "/{id}/members/{own}", JSON, {"status": "accepted"}),
    "member another's status": ("active", "PUT", "/{id}/members/{another}", JSON, {"status": "accepted"}),
    "member own delete": ("active", "DELETE", "/{id}/members/{own}", [], None),
    "member another's delete": ("active", "DELETE", "/{id}/members/{another}", [], None),
}


def read(file, more=()):
    """A table: (operation, caller) -> {visibility: cell}."""
    lines = [line.split("\t") for line in file.read_text().splitlines() if line and not line.startswith("#")]
    if lines[0] != ["operation", "caller", *VISIBILITIES, *more]:
        raise RuntimeError(f"{file.name}: columns are {lines[0]}")
    return {(l[0], l[1]): dict(zip([*VISIBILITIES, *more], l[2:], strict=True)) for l in lines[1:]}


class Matrix:
    """The whole table on one target."""

    def __init__(self, target):
        self.target, self.cells = target, 0

    def run(self, record=False):
        """The lines that describe what was wrong; with `record` the table is written instead."""
        with concurrent.futures.ThreadPoolExecutor(len(VISIBILITIES)) as pool:
            columns = dict(zip(VISIBILITIES, pool.map(self.column, VISIBILITIES)))
        if record:
            rows = ["# Written by `conformance/run --record` from real Glance, read against the reference.",
                    "\t".join(["operation", "caller", *VISIBILITIES])]
            rows += ["\t".join([op, who, *(columns[v][op, who] for v in VISIBILITIES)]) for op in OPERATIONS for who in CALLERS]
            TABLE.write_text("\n".join(rows) + "\n")
            return []
        table = read(TABLE)
        if self.target.kind == "salon":
            different = read(DIFFERENT, ["why"])
            same = [key for key, row in different.items() if all(row[v] == table[key][v] for v in VISIBILITIES) or not row["why"]]
            if same:
                return [f"access: {DIFFERENT.name} has rows that are as in {TABLE.name} or give no reason: {same}"]
            table.update(different)
        wrong = [f"access: {op} by {who}: no row in {TABLE.name}" for op in OPERATIONS for who in CALLERS if (op, who) not in table]
        for (op, who), row in table.items():
            for visibility in VISIBILITIES:
                got = columns[visibility].get((op, who), "not run")
                if got != row[visibility]:
                    wrong.append(f"access: {op} of a {visibility} image by {who}: {got}, wanted {row[visibility]}")
        return wrong

    def column(self, visibility):
        """All cells of one visibility. An image is used again as long as it is as it was."""
        work = Run(self.target, {"name": f"access {visibility}", "steps": []})
        images, cells = {}, {}
        try:
            for op, (kind, *request) in OPERATIONS.items():
                for who, user in CALLERS.items():
                    if kind not in images:
                        images[kind] = self.image(work, visibility, kind)
                    cells[op, who], changed = self.cell(images[kind], work.variables, user, *request)
                    if changed:
                        del images[kind]
        finally:
            work.tidy()
        return cells

    @staticmethod
    def image(work, visibility, kind):
        name = str(uuid.uuid4())
        fixture = {"visibility": visibility, "members": MEMBERS, "json": {"name": name, "tags": ["old"]}}
        if kind != "queued":
            fixture["data"] = "data"
        if kind == "deactivated":
            fixture["status"] = "deactivated"
        if kind == "protected":
            fixture["json"]["protected"] = True
        return work.image(fixture), name

    def cell(self, image, names, user, method, path, headers, body):
        """(what the answer was, whether the image may have changed)."""
        self.cells += 1
        project = self.target.people.all["users"][user]["project"] if user else "beta"
        if project not in MEMBERS:
            another, own = names["beta"], names[project]
        else:
            another, own = names["gamma" if project == "beta" else "beta"], names[project]
        token = [("X-Auth-Token", self.target.people.token(user))] if user else []
        if method == "LIST":
            got = wire.request(self.target.url, "GET", f"/v2/images?name={image[1]}{path}", token)
            if got.status != 200:
                return str(got.status), False
            return ("in" if [i["id"] for i in got.json["images"]] == [image[0]] else "out"), False
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        got = wire.request(self.target.url, method, "/v2/images" + path.format(id=image[0], own=own, another=another),
                           token + headers, data)
        seen = str(got.status)
        if method == "GET" and path.endswith("/members") and got.status == 200:
            seen += f" ({len(got.json['members'])})"
        # A refused change that changed something all the same would show in the cells that follow.
        return seen, method != "GET" and got.status < 300
