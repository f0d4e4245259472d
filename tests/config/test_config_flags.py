"""``flags:`` in the file, and the flag file itself with its lines and columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from bluegreen.config import ConfigError, load, parse

FILE = """\
app: shop
address: 127.0.0.1:8080
flags: flags.json
components:
  web: {run: ./serve $PORT, receives: /}
"""


def folder_with(folder: Path, flags: str) -> Path:
    (folder / "bluegreen.yaml").write_text(FILE)
    (folder / "flags.json").write_text(flags)
    return folder


def test_the_flag_file_is_named_by_its_path_in_the_folder(tmp_path: Path) -> None:
    folder_with(tmp_path, '{"flags": {"a": {"state": "ENABLED", "variants": {"on": true}}}}')
    assert load(tmp_path).spec.flags == "flags.json"
    assert parse(FILE.replace("flags: flags.json\n", "")).flags is None


def test_what_is_wrong_with_it_is_said_at_its_line_and_column_tabs_and_all(tmp_path: Path) -> None:
    text = '{"flags": {\n\t"a": {"state": "ENABLED",\n\t\t"variants": {"on": true}, "defaultVariant": "onn"}\n}}'
    with pytest.raises(ConfigError) as wrong:
        load(folder_with(tmp_path, text))
    (problem,) = wrong.value.problems
    assert (problem.line, problem.column) == (3, 47)
    assert "flags.json:3:47: `flags.a.defaultVariant`: there is no variant `onn`" in str(wrong.value)


@pytest.mark.parametrize(
    ("text", "place"), [('{"flags":\n  {"a": }}', (2, 9)), ('{"flags": {},\n "flags": {}}', (2, 2)), ("", (1, 1))]
)
def test_what_is_no_json_is_said_at_its_place(tmp_path: Path, text: str, place: tuple[int, int]) -> None:
    with pytest.raises(ConfigError) as wrong:
        load(folder_with(tmp_path, text))
    assert (wrong.value.problems[0].line, wrong.value.problems[0].column) == place


def test_a_file_that_is_not_there_is_said_in_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "bluegreen.yaml").write_text(FILE)
    with pytest.raises(ConfigError) as wrong:
        load(tmp_path)
    assert (wrong.value.problems[0].line, wrong.value.problems[0].message) == (3, "there is no file `flags.json`")


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "flags.json").write_text('{"flags": {}}')
    (tmp_path / "app" / "bluegreen.yaml").write_text(FILE)
    (tmp_path / "app" / "flags.json").symlink_to("../flags.json")
    with pytest.raises(ConfigError) as wrong:
        load(tmp_path / "app")
    assert "leaves the application's folder" in wrong.value.problems[0].message


def test_the_name_of_what_evaluates_them_is_taken_and_so_is_its_variable() -> None:
    text = FILE.replace("  web:", "  flags: {run: sleep 1}\n  web:").replace(
        "receives: /", "receives: /, env: {OFREP_ENDPOINT: x}"
    )
    with pytest.raises(ConfigError) as wrong:
        parse(text)
    assert [(p.line, p.path) for p in wrong.value.problems] == [
        (5, "components.flags"),
        (6, "components.web.env.OFREP_ENDPOINT"),
    ]
    parse(text.replace("flags: flags.json\n", ""))
