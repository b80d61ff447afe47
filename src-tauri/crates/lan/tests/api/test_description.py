"""The OpenAPI document against a real agent: schemathesis asks what fits and what does not, and looks at every answer."""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).parent
BUILT = HERE.parents[4] / "target" / "debug" / "sightline-agent"
LIMIT_S = 240


class Description(unittest.TestCase):
    def test_every_answer_is_as_described(self):
        with tempfile.TemporaryDirectory() as folder:
            agent = subprocess.Popen(
                [os.environ.get("SIGHTLINE_AGENT", str(BUILT)), "serve", "--port", "0", "--data-dir", folder],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            try:
                announced = (re.match(r"Sightline is at (http:\S+)", line) for line in agent.stdout)
                url = next((match[1] for match in announced if match), None)
                self.assertIsNotNone(url, "the agent ended before it listened")
                self.ask(url, folder)
            finally:
                agent.kill()
                agent.wait()
                agent.stdout.close()

    def ask(self, url, folder):
        config = ["--config-file", str(HERE / "schemathesis.toml")]
        ran = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", *config, "run", f"{url}/api/openapi.json", "--checks", "all"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
            # Its record of the run and Python's own caches stay out of the repository.
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        print(ran.stdout)
        self.assertEqual(ran.returncode, 0, "an answer is not as described; see above")


if __name__ == "__main__":
    unittest.main()
