"""What an answer is compared with.

Plain YAML values match themselves; a mapping matches a mapping that has at least its keys; a list matches a list of
the same length, element by element. Everything looser or stricter is a YAML tag:

    !any            present, whatever it is            !absent        must not be there
    !re PATTERN     a string the pattern matches whole !text PART     a string that contains PART
    !type NAME      string, integer, number, boolean, array, object, null
    !uuid           a lower-case dashed uuid           !time          YYYY-MM-DDTHH:MM:SSZ
    !exact {…}      a mapping with these keys only     !set […]       a list with these elements in any order
    !has […]        a list that has at least these     !hasnt […]     a list that has none of these
    !one [a, b]     one of several                     !length N      a list, string or mapping of that length
"""

import re

import yaml

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
TYPES = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}
MISSING = object()


class Tagged:
    """A value that was written with one of the tags above."""

    def __init__(self, tag, value):
        self.tag, self.value = tag, value

    def __repr__(self):
        return f"!{self.tag} {self.value!r}"


class Loader(yaml.SafeLoader):
    """YAML with the tags above, duplicate keys refused, and times left as the strings they are."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, expr) for tag, expr in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _mapping(loader, node, deep=False):
    seen = set()
    for key, _ in node.value:
        name = loader.construct_object(key, deep=deep)
        if name in seen:
            raise yaml.constructor.ConstructorError(None, None, f"key {name!r} stands twice", key.start_mark)
        seen.add(name)
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


def _tagged(loader, suffix, node):
    if isinstance(node, yaml.MappingNode):
        value = _mapping(loader, node, deep=True)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_scalar(node)
    return Tagged(suffix, value)


Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
Loader.add_multi_constructor("!", _tagged)


def differences(want, got, where="body"):
    """Every way in which `got` is not what was wanted, as lines of text."""
    if isinstance(want, Tagged):
        return _special(want, got, where)
    if got is MISSING:
        return [f"{where}: missing, wanted {want!r}"]
    if isinstance(want, dict):
        if not isinstance(got, dict):
            return [f"{where}: {_short(got)} is not an object"]
        return [line for key, value in want.items() for line in differences(value, got.get(key, MISSING), f"{where}.{key}")]
    if isinstance(want, list):
        if not isinstance(got, list):
            return [f"{where}: {_short(got)} is not a list"]
        if len(want) != len(got):
            return [f"{where}: {len(got)} elements {_short(got)}, wanted {want!r}"]
        return [line for i, value in enumerate(want) for line in differences(value, got[i], f"{where}[{i}]")]
    if type(want) is not type(got) or want != got:
        return [f"{where}: {_short(got)}, wanted {want!r}"]
    return []


def _special(want, got, where):
    tag, value = want.tag, want.value
    if tag == "absent":
        return [] if got is MISSING else [f"{where}: present ({_short(got)}), must be absent"]
    if got is MISSING:
        return [f"{where}: missing, wanted {want!r}"]
    if tag == "any":
        return []
    if tag == "exact":
        more = [f"{where}.{key}: not wanted ({_short(v)})" for key, v in got.items() if key not in value] if isinstance(got, dict) else []
        return more + differences(value, got, where)
    if tag == "one":
        return [] if any(not differences(v, got, where) for v in value) else [f"{where}: {_short(got)}, wanted one of {value!r}"]
    if tag in ("set", "has", "hasnt"):
        if not isinstance(got, list):
            return [f"{where}: {_short(got)} is not a list"]
        inside = [any(not differences(v, g, where) for g in got) for v in value]
        if tag == "hasnt":
            return [f"{where}: has {v!r}, must not" for v, there in zip(value, inside) if there]
        lines = [f"{where}: {v!r} is not in {_short(got)}" for v, there in zip(value, inside) if not there]
        if tag == "set" and len(got) != len(value):
            lines.append(f"{where}: {len(got)} elements, wanted {len(value)}")
        return lines
    fine = {
        "re": lambda: isinstance(got, str) and re.fullmatch(value, got, re.S),
        "text": lambda: isinstance(got, str) and value in got,
        "type": lambda: isinstance(got, TYPES[value]) and (value in ("boolean",) or not isinstance(got, bool)),
        "uuid": lambda: isinstance(got, str) and UUID.fullmatch(got),
        "time": lambda: isinstance(got, str) and TIME.fullmatch(got),
        "length": lambda: hasattr(got, "__len__") and len(got) == int(value),
    }
    if tag not in fine:
        raise ValueError(f"no such tag: !{tag}")
    return [] if fine[tag]() else [f"{where}: {_short(got)}, wanted {want!r}"]


def _short(value):
    text = repr(value)
    return text if len(text) <= 300 else text[:300] + "…"


def pick(value, path):
    """The part of a JSON value a path names: `a.b`, `a[0]`, and `a[].b` for b of every element of a."""
    if not path:
        return value
    found = re.match(r"([^.\[\]]+)|\[(\d*)\]", path)
    rest = path[found.end():].removeprefix(".")
    if found[1]:
        return pick(value[found[1]], rest) if isinstance(value, dict) and found[1] in value else MISSING
    if not isinstance(value, list):
        return MISSING
    if found[2]:
        return pick(value[int(found[2])], rest) if int(found[2]) < len(value) else MISSING
    return [pick(one, rest) for one in value]
