"""The AWS SDK for Rust: the scenarios of rust/src/main.rs."""

import unittest

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


if __name__ == "__main__":
    unittest.main()
