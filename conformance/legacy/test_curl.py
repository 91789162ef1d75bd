"""The shell lines of the Cloud Images guide, from guide.sh."""

import os
import pathlib
import subprocess
import unittest

from cloud import TOLD, Images, api_key

SCRIPT = pathlib.Path(__file__).parent / "guide.sh"


class Guide(Images):
    def test_a_share_from_beginning_to_end(self):
        image = self.make()
        env = dict(os.environ, IDENTITY=TOLD["identity"] + "/v2.0", PRODUCER="alice", PRODUCER_KEY=api_key("alice"),
                   CONSUMER="bob", CONSUMER_KEY=api_key("bob"), IMAGE_ID=image)
        said = subprocess.run(["bash", SCRIPT], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        self.assertEqual((said.returncode, said.stdout.splitlines()[-1]), (0, "== done"), said.stdout + said.stderr)


if __name__ == "__main__":
    unittest.main()
