"""What of the environment a command cannot use takes two lines and no traceback."""

import pytest

from tests.cli.conftest import Start
from yotta_async.cli._exits import Exit


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALL_PROXY", "socks5://proxy:1080"),
        ("HTTPS_PROXY", "ftp://proxy"),
        ("NO_PROXY", "fe80::/10,::1"),
        ("SSL_CERT_FILE", "/gone/away.pem"),
    ],
)
def test_a_variable_that_cannot_be_used_is_told_in_two_lines(
    variable: str, value: str, start: Start
) -> None:
    """[F1]."""
    process = start("pods", YOTTA_API_KEY="a-key", **{variable: value})
    complaints = process.communicate()[1].splitlines()
    assert process.returncode == Exit.CONFIGURATION
    assert len(complaints) == 2
    assert f"{variable}={value}" in complaints[0]
    assert "unset it" in complaints[1]
