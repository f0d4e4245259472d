"""Which models are different between two releases."""

from __future__ import annotations

from dataclasses import replace

from bluegreen.core.model import Release
from bluegreen.core.model_changes import ModelChange, model_changes
from bluegreen.core.model_specs import Call, ModelFile, ServedModel
from bluegreen.core.spec import AppSpec, Component

SPEC = AppSpec("shop", "127.0.0.1:8080", (Component("web", "./web", receives=("/",)),))


def release(*models: ModelFile | ServedModel, **digests: str) -> Release:
    return Release(1, "d", "a", replace(SPEC, models=models), models=digests)


def served(name: str) -> ServedModel:
    return ServedModel("chat", "llm", name, Call("GET", "/{name}"))


def test_the_same_models_are_no_change() -> None:
    one = release(served("chat-v1"), ModelFile("ranker", "m.onnx"), chat="c1", ranker="r1")
    assert model_changes(one, one) == ()


def test_another_revision_is_named() -> None:
    found = model_changes(release(served("chat-v1"), chat="c1"), release(served("chat-v2"), chat="c2"))
    assert found == (ModelChange("chat", "chat-v1", "chat-v2"),)
    assert str(found[0]) == "chat: chat-v1 → chat-v2"


def test_a_file_that_has_changed_under_its_name() -> None:
    file = ModelFile("ranker", "m.onnx")
    found = model_changes(release(file, ranker="r1"), release(file, ranker="r2"))
    assert [str(change) for change in found] == ["ranker: m.onnx with other content"]


def test_models_that_come_and_go() -> None:
    file = ModelFile("ranker", "m.onnx")
    found = model_changes(release(served("chat-v1"), chat="c1"), release(file, ranker="r1"))
    assert [str(change) for change in found] == ["chat removed (chat-v1)", "ranker added (m.onnx)"]
