"""The AWS SDK for JavaScript v3: the scenarios of js/client.mjs."""

import unittest

import bounds
from model import MODEL
from world import SLOW, TOLD, ACCOUNTS, Program, variables


class JavaScript(Program):
    def node(self, name, env, before=()):
        made = TOLD["made"]
        # Without this it says what Node it will want next year.
        self.scenario([*before, made + "/current/bin/node", "--no-warnings", made + "/js/client.mjs", name], env)

    def test_story(self):
        self.node("story", variables())

    def test_refusals(self):
        self.node("refusals", variables())

    def test_clock(self):
        for offset in ("-16m", "+16m"):
            self.node("clock", variables(), ["/usr/bin/faketime", "--exclude-monotonic", "-f", offset])

    def test_throttled(self):
        self.node("throttled", variables("slow js", SLOW, ACCOUNT=ACCOUNTS["slow js"]))

    def test_every_bound(self):
        """What the model bounds, violated: as this SDK takes it, sends it and raises what comes back."""
        made = bounds.Bounds("js-bounds")
        command = [TOLD["made"] + "/current/bin/node", "--no-warnings", TOLD["made"] + "/js/bounds.mjs"]
        bounds.compare(self, made, bounds.program(command, variables(), made), self.refuses, self.holds)

    @staticmethod
    def refuses(case):
        """A path with a part missing, and nothing else."""
        return case.target is None and "^Error: No value provided for input HTTP label: "

    @staticmethod
    def holds(case):
        """It looks at no types: only null is left out, and a list is no structure."""
        return not bounds.anywhere(MODEL.operation_model(case.operation).input_shape, case.input, lambda shape, value: value is None or (
            shape.type_name == "structure" and value == []))


if __name__ == "__main__":
    unittest.main()
