"""Models in the file: what a preset says, what is written over it, and which files have to be there."""

from __future__ import annotations

from pathlib import Path

import pytest

from bluegreen.config import ConfigError, load, parse
from bluegreen.config.calls import call
from bluegreen.config.model_presets import OPENAI_PROBE, PRESETS
from bluegreen.core.model_specs import Call, ModelFile, ServedModel

HEAD = "app: shop\naddress: 8080\ncomponents:\n  web: {run: ./web, receives: /}\n  llm: {run: s $PORT, shared: true}\n"


def served(written: str) -> ServedModel:
    (found,) = parse(f"{HEAD}models:\n  chat: {{serve_by: llm, name: chat-v12, {written}}}\n").served
    return found


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_three_calls_that_name_the_model(preset: str) -> None:
    model = served(f"source: s3://a, preset: {preset}")
    assert model.probe.names("{name}")
    assert (model.load is None) == (model.unload is None) == (preset == "tgi")
    for one in (model.load, model.unload):
        assert one is None or one.names("{name}")


def test_what_is_written_counts_more_than_the_preset() -> None:
    model = served("source: s3://a, preset: vllm, probe: 'GET /v1/models/{name}'")
    assert model.probe == Call("GET", "/v1/models/{name}")
    assert model.load == call(PRESETS["vllm"]["load"])


def test_without_a_probe_the_openai_api_is_asked() -> None:
    model = served("source: s3://a, load: 'POST /v1/load_lora_adapter {\"n\": \"{name}\"}', unload: 'POST /u'")
    assert model.probe == call(OPENAI_PROBE)
    assert model.load == Call("POST", "/v1/load_lora_adapter", {"n": "{name}"})


def test_a_name_and_a_source_are_text_as_they_are_written() -> None:
    (model,) = parse(f"{HEAD}models:\n  chat: {{serve_by: llm, name: 1.10, source: 007, preset: http}}\n").served
    assert (model.served_name, model.source) == ("1.10", "007")


def test_places_are_filled_in_paths_quoted_and_in_json_as_they_are() -> None:
    asked = call('PUT /m/{name}?from={source} {"a": ["{source}", 1], "{name}": "x{name}"}')
    filled = asked.filled({"{name}": 'a/"b', "{source}": "{name}"}, lambda value: value.replace("/", "%2F"))
    assert filled.path == '/m/a%2F"b?from={name}'
    assert filled.body == {"a": ["{name}", 1], "{name}": 'xa/"b'}


def test_a_file_has_to_be_there(tmp_path: Path) -> None:
    text = f"{HEAD}models:\n  ranker: {{path: ranker.onnx}}\n"
    text += "  chat: {serve_by: llm, name: a, source: ./adapters, preset: vllm}\n"
    (tmp_path / "bluegreen.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert [(p.line, p.path) for p in caught.value.problems] == [(7, "models.ranker.path"), (8, "models.chat.source")]
    (tmp_path / "ranker.onnx").write_text("1")
    (tmp_path / "adapters").mkdir()
    ranker, chat = load(tmp_path).spec.models
    assert ranker == ModelFile("ranker", "ranker.onnx")
    assert isinstance(chat, ServedModel)
    assert chat.inside == "adapters"


def test_a_link_that_leaves_the_folder_is_no_model(tmp_path: Path) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "bluegreen.yaml").write_text(f"{HEAD}models:\n  ranker: {{path: ranker.onnx}}\n")
    (tmp_path / "elsewhere").write_text("1")
    (folder / "ranker.onnx").symlink_to("../elsewhere")
    with pytest.raises(ConfigError, match="a link that leaves"):
        load(folder)
