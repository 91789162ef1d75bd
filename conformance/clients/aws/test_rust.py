"""The AWS SDK for Rust: the scenarios of rust/src/main.rs."""

import unittest

import bounds
from model import MODEL
from world import SLOW, TOLD, ACCOUNTS, Program, variables


class Rust(Program):
    def rust(self, name, env):
        self.scenario([TOLD["made"] + "/rust/debug/salon-aws-client", name], env)

    def test_story(self):
        self.rust("story", variables())

    def test_refusals(self):
        self.rust("refusals", variables())

    def test_clock(self):
        self.rust("clock", variables())

    def test_throttled(self):
        self.rust("throttled", variables("slow rust", SLOW, ACCOUNT=ACCOUNTS["slow rust"]))

    def test_every_bound(self):
        """What the model bounds, violated: as this SDK takes it, sends it and raises what comes back."""
        made = bounds.Bounds("rust-bounds")
        hear = bounds.program([TOLD["made"] + "/rust/debug/salon-aws-client", "bounds"], variables(), made)
        bounds.compare(self, made, hear, self.refuses, self.holds)

    @staticmethod
    def refuses(case):
        """It has a type for everything, and parts of a path are neither left out nor empty."""
        shape = MODEL.operation_model(case.operation).input_shape
        if case.target is None or any(case.input.get(name) == "" for name, _ in bounds.located(case.operation, "uri")):
            return "^ConstructionFailure: .* was missing: cannot be empty or unset"
        if bounds.anywhere(shape, case.input, unheld):
            return "^Type: "
        if any(bounds.anywhere(member, case.input.get(name), unbuilt) for name, member in shape.members.items()):
            return "^BuildError: .* was not specified but it is required"
        return ""

    @staticmethod
    def holds(case):
        """What is null is left out."""
        return not bounds.anywhere(MODEL.operation_model(case.operation).input_shape, case.input, lambda _, value: value is None)


def unheld(shape, value):
    """Whether a type of this SDK has no such value."""
    if type(value) is int and shape.type_name == "integer":
        return not -1 << 31 <= value < 1 << 31
    if shape.type_name == "list" and isinstance(value, list) and None in value:
        return True
    return value is not None and bounds.mistyped(shape, value)


def unbuilt(shape, value):
    """Whether a builder of a structure lacks something required."""
    return isinstance(value, dict) and any(value.get(name) is None for name in shape.required_members
                                           if shape.members[name].type_name != "structure")


if __name__ == "__main__":
    unittest.main()
