"""Answers with everything that differs from run to run taken out, so that two servers' answers can be compared.

What real Glance answered to every step is kept in golden/, one line a step.
"""

import json
import re

from .match import UUID

# Headers that belong to the protocol. The others (Date, Server, Connection …) belong to the HTTP server in front.
HEADERS = (
    "content-type", "content-length", "content-md5", "content-range", "accept-ranges", "etag", "allow", "accept-patch",
    "location", "openstack-image-import-methods", "openstack-image-store-ids", "x-openstack-request-id",
    "www-authenticate", "retry-after", "last-modified",
)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?")
REQUEST = re.compile(r"req-[0-9a-f]{8}-[0-9a-f-]{27}")


class Mask:
    """Replaces ids, times and addresses by names. The same id keeps its name through a scenario."""

    def __init__(self, base, names):
        self.base = base
        # Longest first, so that no id hides inside another.
        self.known = sorted(((v, f"<{k}>") for k, v in names.items() if len(v) > 7), key=lambda p: -len(p[0]))
        self.seen = {}

    def text(self, text):
        text = text.replace(self.base, "<base>")
        for value, name in self.known:
            text = text.replace(value, name)
        text = REQUEST.sub("<request id>", text)
        text = UUID.sub(lambda m: self.seen.setdefault(m[0], f"<uuid {len(self.seen) + 1}>"), text)
        return TIME.sub("<time>", text)

    def value(self, value):
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(v) for v in value]
        if isinstance(value, dict):
            # Tags are a set: their order means nothing.
            return {self.text(k): sorted(map(self.text, v)) if k == "tags" and isinstance(v, list) and all(isinstance(t, str) for t in v)
                    else self.value(v) for k, v in value.items() if k != "description" or not isinstance(v, str)}
        return value


def masked(answer, mask):
    """The comparable part of an answer."""
    headers = {}
    for name in HEADERS:
        value = answer.header(name)
        if value is None:
            continue
        if name == "allow" or name == "accept-patch":
            value = ", ".join(sorted(p.strip() for p in value.split(",")))
        if name == "www-authenticate":
            value = re.sub(r'uri="[^"]*"', 'uri="…"', value)
        if name == "content-length":
            continue
        headers[name] = mask.text(value)
    out = {"status": answer.status, "headers": headers}
    kind = headers.get("content-type", "")
    if kind.startswith("application/json"):
        try:
            out["json"] = mask.value(answer.json)
            if answer.status >= 400 and isinstance(out["json"], dict) and "message" in out["json"]:
                out["json"]["message"] = re.sub(r"^.*?<br /><br />\n.*$", "…", out["json"]["message"], flags=re.S)
            return out
        except ValueError:
            pass
    if kind.startswith("application/octet-stream"):
        out["bytes"] = len(answer.body)
    elif answer.body:
        out["text"] = _worded(mask.text(answer.text)) if answer.status >= 400 else mask.text(answer.text)
    return out


def _worded(text):
    """An error body without its wording: what is told is compared by `message` where clients depend on it."""
    text = re.sub(r"(</h1>\n  ).*(\n </body>)", r"\1…\2", text, flags=re.S)
    return re.sub(r"^(\d{3} [^\n]*\n\n).*$", r"\1…", text, flags=re.S)


def compare(want, got):
    """What differs between two masked answers, as lines of text."""
    lines = []
    for key in sorted(set(want) | set(got)):
        a, b = want.get(key), got.get(key)
        if a == b:
            continue
        if key == "headers" and "x-openstack-request-id" not in a:
            # Salon names every answer, those too that Glance gives before it has a context.
            b = {k: v for k, v in b.items() if k != "x-openstack-request-id"}
        if isinstance(a, dict) and isinstance(b, dict):
            lines += [f"golden {key}.{k}: {_short(b.get(k))}, Glance answers {_short(a.get(k))}"
                      for k in sorted(set(a) | set(b)) if a.get(k) != b.get(k)]
        else:
            lines.append(f"golden {key}: {_short(b)}, Glance answers {_short(a)}")
    return lines


def _short(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 400 else text[:400] + "…"
