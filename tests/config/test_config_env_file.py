"""Files of secrets: what they mean, and that no error gives one away."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.config import ConfigError, read_env_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".env.production"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("# nothing\n\n   \n", {}),
        ("A=b", {"A": "b"}),
        ("A=b\r\nC=d\r\n", {"A": "b", "C": "d"}),
        ("\ufeffA=b", {"A": "b"}),
        ("A=\nB= \n", {"A": "", "B": ""}),
        ("  export A = b c  \n", {"A": "b c"}),
        ("A=b=c==\n", {"A": "b=c=="}),
        ("A=b # comment\nB=#c\nC=d#e\n", {"A": "b", "B": "", "C": "d#e"}),
        ("A=$HOME/${B}\n", {"A": "$HOME/${B}"}),
        (r"A='x \n $y' # comment", {"A": r"x \n $y"}),
        (r'A="x\ny\t\"z\" \$ \\ \q"', {"A": 'x\ny\t"z" $ \\ \\q'}),
        (r'A="ends in \\"', {"A": "ends in \\"}),
        ("A='one\ntwo'\nB=c\n", {"A": "one\ntwo", "B": "c"}),
        ('KEY="-----BEGIN\nabc=\n-----END"\nB=c', {"KEY": "-----BEGIN\nabc=\n-----END", "B": "c"}),
        ("A=it's\n", {"A": "it's"}),
        ("A=''\nB=\"\"", {"A": "", "B": ""}),
    ],
)
def test_values(file: Path, text: str, values: dict[str, str]) -> None:
    file.write_bytes(text.encode())
    assert read_env_file(file) == values


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("A=b\nhunter2\n", 2, "not a `KEY=VALUE` line"),
        ("A=b\n\n# x\nhunter2/x+y==\n", 4, "not a `KEY=VALUE` line"),
        ("=hunter2", 1, "not a `KEY=VALUE` line"),
        ("A='b\nc'\n9=hunter2", 3, "not a `KEY=VALUE` line"),
        ("A=1\nA=hunter2", 2, "`A` is set in line 1 already"),
        ("A=1\nB='hunter2\n\n", 2, "the quote behind `B=` is not closed"),
        ('B="hunter2\\"', 1, "the quote behind `B=` is not closed"),
        ("B='hunter2' hunter2", 1, "something stands behind the quotes of `B`"),
        ("PORT=hunter2", 1, "`PORT` is set by bluegreen itself"),
        ("BLUEGREEN_X=hunter2", 1, "`BLUEGREEN_X` is set by bluegreen itself"),
        ("A=hunter2\0", 1, "U+0000"),
    ],
)
def test_errors_name_the_line_and_no_secret(file: Path, text: str, line: int, message: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_env_file(file)
    assert str(caught.value).startswith(f"{file}:{line}:1: ")
    assert message in str(caught.value)
    assert "hunter2" not in str(caught.value) + caught.value.what + caught.value.cure


def test_files_that_cannot_be_read(file: Path) -> None:
    with pytest.raises(ConfigError, match="is not there"):
        read_env_file(file)
    file.write_bytes(b"A=\xffhunter2")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_env_file(file)
    file.write_bytes(b"A=" + b"x" * 2_000_000)
    with pytest.raises(ConfigError, match="larger than 1 MB"):
        read_env_file(file)
    with pytest.raises(ConfigError, match="not a regular file"):
        read_env_file(file.parent)


@given(st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from("AB='\"\n\\# \t$"), max_size=60))
def test_any_text(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.mktemp("env") / "file"
    file.write_bytes(text.encode())
    try:
        values = read_env_file(file)
    except ConfigError:
        return
    assert all("\0" not in value and "=" not in key for key, value in values.items())
