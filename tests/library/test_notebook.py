"""A real notebook: results show themselves as pictures with words, as formulas, as tables."""

from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.serving import PROJECT

CELLS = (
    "import softstep\nsoftstep.sigmoid.plot(width=300)",
    "softstep.sigmoid.plot(format='svg', width=300)",
    "F = softstep.Network([softstep.Layer([[3.0]], [0.5], 'tanh'), softstep.Layer([[1.3]])])\n"
    "softstep.convert(F, 'sigmoid')",
    "softstep.compare(F, softstep.convert(F, 'sigmoid').network)",
    "softstep.check([[1.0]], [[1.0, 2.0]], [1.0], 0, {'W': [[0.5]]}, feedback='solution')",
    "softstep.identity('sigmoid_symmetry')",
    "softstep.compare('relu', 'elu')",
    "print(softstep.relu.describe())",
    "F",
    "print(F)\nprint(softstep.evaluate(F, [[0.0], [1.0]], trace=True))\n"
    "print(softstep.gradients([[1.0]], [[1.0, 2.0]], [1.0], 0, explain=True))\n"
    "print(softstep.network_gradients(F, [0.0], [1.0], loss='squared_error'))",
)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    home = tmp_path_factory.mktemp("notebook")
    (home / "softstep").symlink_to(PROJECT / "app")  # the kernel's working directory comes first
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in CELLS])
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": home}}
    ).execute()
    return [cell.outputs[0] for cell in notebook.cells]


def test_pictures_come_with_their_words(outputs: list[Any]) -> None:
    for output, kind in zip(outputs, ("image/png", "image/svg+xml"), strict=False):
        assert len(output.data[kind]) > 1000
        assert output.metadata[kind]["alt"].startswith("Graph of sigmoid")
        assert output.data["text/plain"] == output.metadata[kind]["alt"]


def test_networks_and_proofs_are_formulas(outputs: list[Any]) -> None:
    assert r"\operatorname{sigmoid}" in outputs[2].data["text/latex"]
    assert r"\operatorname{tanh}" in outputs[8].data["text/latex"]
    assert outputs[5].data["text/latex"].count("&=") > 1


def test_what_is_printed_is_numbers_by_their_names(outputs: list[Any]) -> None:
    said = outputs[9].text
    for line in (
        "layer 0: tanh, 1 → 1\nlayer 1: identity, 1 → 1",
        "layers.0.activations\n  [[0.46211716]\n   [0.9981779 ]]",
        "probabilities\n  [0.26894142 0.73105858]\nloss 1.31326\n∂ℓ/∂W",
        "(the hidden values)",
        "∂ℓ/∂layers.1.weight\n",
    ):
        assert line in said, said
    assert "array(" not in said and "Result(" not in said


def test_comparisons_and_checks_are_tables_in_words_too(outputs: list[Any]) -> None:
    assert "<strong>equal</strong>: the two networks are" in outputs[3].data["text/html"]
    checked = outputs[4].data["text/html"]
    assert "Wrong." in checked and "✗" in checked and 'aria-label="The right ∂ℓ/∂W"' in checked
    assert "<ul><li>" in outputs[6].data["text/html"]
    assert "f(x) = " in outputs[7].text
