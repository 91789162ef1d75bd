"""Reads scenario files and runs them against one server. The format is described in ../README.md."""

import http.client
import json
import pathlib
import re
import uuid

import yaml

from . import golden, match, wire

PATCH = {"patch": "application/openstack-images-v2.1-json-patch", "patch20": "application/openstack-images-v2.0-json-patch"}
STEP = {"step", "as", "send", "accept", "headers", "json", "text", "data", "bytes", "patch", "patch20", "chunked", "length",
        "want", "glance", "salon", "why", "save", "repeat", "each", "only", "golden"}
WANT = {"status", "headers", "body", "text", "at", "message", "bytes"}
FIXTURE = {"as", "visibility", "json", "data", "members", "patch", "status"}


class Problem(Exception):
    """A scenario file that cannot be run as it is written."""


def load(path):
    """A scenario, checked for keys that mean nothing."""
    try:
        doc = yaml.load(path.read_text(), match.Loader)
    except yaml.YAMLError as e:
        raise Problem(f"{path.name}: {e}") from e
    unknown = set(doc) - {"title", "as", "given", "steps"}
    if unknown:
        raise Problem(f"{path.name}: unknown keys {unknown}")
    for name, fixture in (doc.get("given") or {}).items():
        if set(fixture) - FIXTURE:
            raise Problem(f"{path.name}: given {name}: unknown keys {set(fixture) - FIXTURE}")
    for number, step in enumerate(doc["steps"], 1):
        at = f"{path.name} step {number}"
        if set(step) - STEP or "send" not in step:
            raise Problem(f"{at}: keys {set(step) - STEP or 'no send'}")
        for key in ("want", "glance", "salon"):
            if isinstance(step.get(key), dict) and set(step[key]) - WANT:
                raise Problem(f"{at}: {key}: unknown keys {set(step[key]) - WANT}")
        if ("glance" in step or "salon" in step or "only" in step) and not step.get("why"):
            raise Problem(f"{at}: Salon and Glance differ here and no `why` is given")
        if "want" not in step and not ("glance" in step and "salon" in step):
            raise Problem(f"{at}: nothing is expected")
    doc["name"] = path.stem
    doc["steps"] = [dict(step, it=it) for step in doc["steps"] for it in step.get("each", [None])]
    return doc


def load_all(folder, names):
    """All scenarios of a folder whose file name contains one of `names` (all, when there are none)."""
    files = sorted(pathlib.Path(folder).glob("*.yaml"))
    return [load(f) for f in files if not names or any(n in f.stem for n in names)]


class Target:
    """A server under test: what it is (`glance` or `salon`), where it is and who its people are."""

    def __init__(self, name, kind, url, people):
        self.name, self.kind, self.url, self.people = name, kind, url, people

    def fill(self, value, variables):
        """Replaces ${name} in every string of a value; a string that is one variable keeps the variable's type."""
        if isinstance(value, str):
            whole = re.fullmatch(r"\$\{([^}]+)\}", value)
            if whole:
                return variables[whole[1]]
            return re.sub(r"\$\{([^}]+)\}", lambda m: str(variables[m[1]]), value)
        if isinstance(value, list):
            return [self.fill(v, variables) for v in value]
        if isinstance(value, dict):
            return {self.fill(k, variables): self.fill(v, variables) for k, v in value.items()}
        if isinstance(value, match.Tagged):
            return match.Tagged(value.tag, self.fill(value.value, variables))
        return value


class Variables(dict):
    """Names of a scenario. ${uuid.x}, ${run} and ${hex} are made up when first used, ${x*255} is 255 times x,
    ${tags.9} a list of nine tags, ${object.9} an object of nine properties, ${properties.9} the changes that add them."""

    def __missing__(self, key):
        if re.fullmatch(r".\*\d+", key):
            return key[0] * int(key[2:])
        many = re.fullmatch(r"(tags|object|properties)\.(\d+)", key)
        if many:
            names = [f"p{i}" for i in range(int(many[2]))]
            return {"tags": names, "object": {n: "x" for n in names},
                    "properties": [{"op": "add", "path": f"/{n}", "value": "x"} for n in names]}[many[1]]
        if key == "hex":
            self[key] = uuid.uuid4().hex[:12].upper()
            return self[key]
        if key == "run" or key.startswith("uuid."):
            self[key] = str(uuid.uuid4())
            return self[key]
        raise Problem(f"no variable ${{{key}}}")


class Run:
    """One scenario on one target."""

    def __init__(self, target, doc):
        self.target, self.doc = target, doc
        self.variables = Variables(target.people.names())
        self.variables["base"] = target.url
        self.mask = golden.Mask(target.url, {k: v for k, v in self.variables.items() if k != "base"})
        self.made, self.transcript, self.steps = [], [], 0

    def run(self):
        """The lines that describe what was wrong; empty when all was right."""
        wrong = []
        try:
            for name, fixture in (self.doc.get("given") or {}).items():
                self.variables[name] = self.image(self.target.fill(fixture, self.variables))
            for number, step in enumerate(self.doc["steps"], 1):
                if step.get("only", self.target.kind) != self.target.kind:
                    self.transcript.append(None)
                    continue
                self.variables["it"] = it = self.target.fill(step["it"], self.variables)
                self.variables.update({f"it.{k}": v for k, v in it.items()} if isinstance(it, dict) else {})
                for i in range(int(step.get("repeat", 1))):
                    self.variables["i"] = i
                    lines, answer = self.step(step)
                    self.steps += 1
                    if lines:
                        wrong.append(self.describe(number, step, lines, answer))
                        break
        except (Problem, RuntimeError, OSError) as e:
            wrong.append(f"{self.doc['name']}: {type(e).__name__}: {e}")
        finally:
            self.tidy()
        return wrong

    def image(self, fixture):
        """Makes an image as the fixture says and answers its id."""
        target, owner = self.target, fixture.get("as", "alice")
        body = dict({"disk_format": "raw", "container_format": "bare"}, **fixture.get("json", {}))
        visibility = fixture.get("visibility", "shared")
        call = lambda who, method, path, body=None: wire.call(  # noqa: E731
            target.url, method, "/v2/images" + path, body, target.people.token(who))
        made = call(owner, "POST", "", dict(body, visibility="shared")).json["id"]
        self.made.append(made)
        if "data" in fixture:
            self.put_data(made, fixture["data"].encode())
        for project, status in fixture.get("members", {}).items():
            member = self.variables[project]
            call("admin", "POST", f"/{made}/members", {"member": member})
            if status != "pending":
                call("admin", "PUT", f"/{made}/members/{member}", {"status": status})
        if visibility != "shared":
            self.patch(made, [{"op": "replace", "path": "/visibility", "value": visibility}])
        if "patch" in fixture:
            self.patch(made, fixture["patch"])
        if fixture.get("status") == "deactivated":
            call("admin", "POST", f"/{made}/actions/deactivate")
        return made

    def put_data(self, image, data):
        got = wire.request(self.target.url, "PUT", f"/v2/images/{image}/file", [
            ("X-Auth-Token", self.target.people.token("admin")), ("Content-Type", "application/octet-stream")], data)
        if got.status != 204:
            raise RuntimeError(f"upload: {got.status} {got.text[:200]}")

    def patch(self, image, operations):
        got = wire.request(self.target.url, "PATCH", f"/v2/images/{image}", [
            ("X-Auth-Token", self.target.people.token("admin")), ("Content-Type", PATCH["patch"])],
            json.dumps(operations).encode())
        if got.status != 200:
            raise RuntimeError(f"patch: {got.status} {got.text[:200]}")

    def send(self, step):
        """Sends the request of a step."""
        fill = lambda value: self.target.fill(value, self.variables)  # noqa: E731
        method, path = fill(step["send"]).split(" ", 1)
        headers = []
        who = step.get("as", self.doc.get("as", "alice"))
        if isinstance(who, dict):
            headers.append(("X-Auth-Token", fill(who["token"])))
        elif who != "nobody":
            headers.append(("X-Auth-Token", self.target.people.token(who)))
        if "accept" in step:
            headers.append(("Accept", step["accept"]))
        body = kind = None
        if "json" in step:
            body, kind = json.dumps(fill(step["json"])).encode(), "application/json"
        for key in PATCH:
            if key in step:
                body, kind = json.dumps(fill(step[key])).encode(), PATCH[key]
        if "text" in step:
            body = fill(step["text"]).encode()
        if "data" in step:
            body, kind = fill(step["data"]).encode(), "application/octet-stream"
        if "bytes" in step:
            body, kind = bytes(int(step["bytes"])), "application/octet-stream"
        more = fill(step.get("headers", {}))
        if kind and not any(name.lower() == "content-type" for name in more):
            headers.append(("Content-Type", kind))
        headers += [(k, str(v)) for k, v in more.items() if v is not None]
        return wire.request(self.target.url, method, path, headers, body, step.get("chunked", False), step.get("length"))

    def step(self, step):
        try:
            answer = self.send(step)
        except (OSError, http.client.HTTPException) as e:
            answer = wire.Answer(0, repr(e), [], b"")
        if step["send"] == "POST /v2/images" and answer.status == 201:
            self.made.append(answer.json["id"])
        want = _want(step.get("want", {}))
        want.update(_want(step.get(self.target.kind, {})))
        lines = self.compare(self.target.fill(want, self.variables), answer)
        for name, path in step.get("save", {}).items():
            value = answer.header(path[7:]) if path.startswith("header:") else match.pick(answer.json, path)
            if value is match.MISSING or value is None:
                lines.append(f"nothing at {path} to save as {name}")
            else:
                self.variables[name] = value
        shown = golden.masked(answer, self.mask)
        if "repeat" not in step:
            differs = step.get("golden", True) is False or "salon" in step or "glance" in step
            self.transcript.append(None if differs else shown)
        return lines, answer

    @staticmethod
    def compare(want, answer):
        lines = []
        status = want.get("status")
        if status is not None:
            lines += match.differences(status, answer.status, "status")
        for name, value in want.get("headers", {}).items():
            got = answer.header(name)
            lines += match.differences(value, match.MISSING if got is None else got, f"header {name}")
        if "message" in want or "text" in want:
            for part in [want.get("message"), want.get("text")]:
                if isinstance(part, match.Tagged):
                    lines += match.differences(part, answer.text, "text")
                elif part is not None and part not in answer.text:
                    lines.append(f"text: {answer.text[:300]!r} has no {part!r}")
        if "bytes" in want and answer.body != want["bytes"].encode():
            lines.append(f"bytes: {answer.body[:200]!r}, wanted {want['bytes']!r}")
        if "body" in want or "at" in want:
            try:
                body = answer.json
            except ValueError:
                return lines + [f"body is not JSON: {answer.text[:300]!r}"]
            if "body" in want:
                lines += match.differences(want["body"], body)
            for path, value in want.get("at", {}).items():
                lines += match.differences(value, match.pick(body, path), path)
        return lines

    def describe(self, number, step, lines, answer):
        name = (step.get("step") or step["send"]) + ("" if step["it"] is None else f" [{step['it']!r}]")
        out = [f"{self.doc['name']} step {number} ({step.get('as', self.doc.get('as', 'alice'))}: {name})"]
        out += [f"    {line}" for line in lines]
        out.append(f"    answer was {answer.status} {answer.text[:400]!r}")
        return "\n".join(out)

    def check_golden(self, kept):
        """How the transcript differs from the one kept of Glance."""
        wrong = []
        if len(kept) != len(self.transcript):
            return [f"{self.doc['name']}: golden file has {len(kept)} steps, the scenario {len(self.transcript)}: record it again"]
        for number, (want, got) in enumerate(zip(kept, self.transcript), 1):
            if want is None or got is None:
                continue
            lines = golden.compare(want, got)
            if lines:
                wrong.append("\n".join([f"{self.doc['name']} answer {number}"] + [f"    {line}" for line in lines]))
        return wrong

    def tidy(self):
        """Deletes every image the scenario made, whatever became of it."""
        for image in self.made:
            delete = lambda: wire.request(self.target.url, "DELETE", f"/v2/images/{image}", [  # noqa: E731, B023
                ("X-Auth-Token", self.target.people.token("admin"))]).status  # noqa: B023
            if delete() == 403:
                self.patch(image, [{"op": "replace", "path": "/protected", "value": False}])
                delete()


def _want(value):
    return {"status": value} if isinstance(value, (int, match.Tagged)) else dict(value)
