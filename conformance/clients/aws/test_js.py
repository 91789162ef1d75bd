"""The AWS SDK for JavaScript v3: the scenarios of js/client.mjs."""

import unittest

from world import SLOW, TOLD, ACCOUNTS, Program, variables


class JavaScript(Program):
    def node(self, name, env):
        made = TOLD["made"]
        # Without this it says what Node it will want next year.
        self.scenario([made + "/current/bin/node", "--no-warnings", made + "/js/client.mjs", name], env)

    def test_story(self):
        self.node("story", variables())

    def test_refusals(self):
        self.node("refusals", variables())

    def test_clock(self):
        self.node("clock", variables())

    def test_throttled(self):
        self.node("throttled", variables("slow js", SLOW, ACCOUNT=ACCOUNTS["slow js"]))


if __name__ == "__main__":
    unittest.main()
