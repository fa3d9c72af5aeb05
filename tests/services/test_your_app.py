"""The example of how users test their own code runs as it is, outside of this suite's settings."""

import os
import shutil
import subprocess
import sys
from pathlib import Path


EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "pytest_your_app"


def test_a_user_s_tests_pass_in_a_folder_of_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "app"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    options = ("-q", "-W", "error", "-p", "no:cacheprovider", "-p", "anyio")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=folder,
        # anyio's plugin is what the package brings along; the others here are this suite's.
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "15 passed" in ran.stdout
