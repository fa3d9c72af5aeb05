"""A startup script reaches a real shell as it was written."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yotta_async.errors import ConfigurationError
from yotta_async.models import startup_script


SH = Path("/bin/sh")
SCRIPTS = {
    "quotes": """echo 'single' "double" '"' "'" `echo back` \\' \\" """,
    "dollars": "A='x  y'; echo $A \"$A\" '$A' $(echo sub) ${A#x} $((6*7)) $$ >/dev/null; echo $A",
    "newlines": "if true\nthen\n  echo one\n\n  echo two\nfi\n\n",
    "backslashes": r"printf '%s\n' 'a\nb' a\\b 'c\\d' \a",
    "unicode": "echo 'Grüße 漢字 👩‍💻'",
    "document": "cat <<'END'\n$HOME 'and' \"so\" \\n\nEND\necho after",
    "comments": "#!/bin/sh\n# nothing yet\necho late # and done",
    "special": "echo a; echo b && echo c || echo d | cat; echo e & wait; echo {f,g} [h]* ~root !i",
    "function": "say() { echo \"<$1>\"; }\nsay 'x y'\n",
    "carriage": "printf 'a\\r\\nb' | od -c | head -1",
    "tabs": "\techo\t'a\tb'\t",
    "word": "true",
}


def run(command: str, *, shell: str = str(SH)) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [shell, "-c", command],
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "HOME": "/nowhere", "LC_ALL": "C.UTF-8"},
    )


def in_sh(script: str) -> str:
    return startup_script(script, shell="sh")  # noqa: S604  # not subprocess's argument


def is_safe(command: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9+/=|. -]+", command) is not None


@pytest.mark.skipif(not SH.exists(), reason="there is no /bin/sh")
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_does_what_it_does_by_itself(name: str) -> None:
    script = SCRIPTS[name]
    command = in_sh(script)
    assert is_safe(command)
    sent, alone = run(command), run(script)
    assert (sent.stdout, sent.stderr) == (alone.stdout, alone.stderr)
    assert sent.returncode == alone.returncode == 0
    assert alone.stdout or name == "word"


@pytest.mark.skipif(not SH.exists(), reason="there is no /bin/sh")
@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1).filter(str.strip))
def test_whatever_it_prints_arrives(text: str) -> None:
    quoted = text.replace("'", "'\\''")
    command = in_sh(f"printf %s '{quoted}'")
    assert is_safe(command)
    assert run(command).stdout.decode() == text


@pytest.mark.skipif(not SH.exists(), reason="there is no /bin/sh")
def test_its_commands_do_not_eat_the_script() -> None:
    done = run(in_sh("cat\nread line || echo nothing to read\necho end"))
    assert done.stdout == b"nothing to read\nend\n"


@pytest.mark.skipif(not SH.exists(), reason="there is no /bin/sh")
@pytest.mark.parametrize(
    ("script", "shell", "code"),
    [("exit 7", "sh", 7), ("false\necho on", "sh -e", 1), ("false\ntrue", "/bin/sh", 0)],
)
def test_its_exit_status_is_the_commands(script: str, shell: str, code: int) -> None:
    assert run(startup_script(script, shell=shell)).returncode == code


def test_bash_runs_it_where_nothing_else_is_said() -> None:
    assert startup_script("true").endswith(" | base64 -d | bash")


def test_a_script_of_90_kb_fits_and_a_longer_one_is_refused() -> None:
    script = "echo 7; " * 11_500
    assert len(script) > 90_000
    assert len(startup_script(script)) < 2**17
    with pytest.raises(ConfigurationError, match="is too long: at most 131071"):
        startup_script(script + script)


@pytest.mark.skipif(not SH.exists(), reason="there is no /bin/sh")
def test_a_script_of_90_kb_runs() -> None:
    assert run(in_sh("echo 7; " * 11_500)).stdout == b"7\n" * 11_500


@pytest.mark.parametrize(
    ("script", "shell", "field"),
    [
        ("", "sh", "script"),
        (" \n", "sh", "script"),
        (None, "sh", "script"),
        (b"true", "sh", "script"),
        ("echo \0", "sh", "script"),
        ("echo \ud800", "sh", "script"),
        ("true", "", "shell"),
        ("true", "sh; rm", "shell"),
        ("true", "sh\n", "shell"),
        ("true", "$SHELL", "shell"),
        ("true", "-sh", "shell"),
        ("true", None, "shell"),
    ],
    ids=ascii,
)
def test_what_no_shell_could_run_is_refused(script: object, shell: object, field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        startup_script(script, shell=shell)  # type: ignore[arg-type]
    assert caught.value.field == field
    assert caught.value.hint


def test_no_script_reaches_an_error() -> None:
    with pytest.raises(ConfigurationError) as caught:
        startup_script("login tr0ub4dor\0")
    assert "tr0ub4dor" not in f"{caught.value} {caught.value.__dict__}"
