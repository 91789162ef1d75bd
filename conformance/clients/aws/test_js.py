"""The AWS SDK for JavaScript v3: the scenarios of js/client.mjs."""

import unittest

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


if __name__ == "__main__":
    unittest.main()
