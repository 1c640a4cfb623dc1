"""The published schemas are what the contracts say, and real documents obey them."""

import json

import jsonschema
import pytest

from shared.contracts.jsonschema import CONTRACTS, FOLDER, differences


def test_the_schema_files_are_what_the_contracts_say():
    assert differences() == []


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_every_schema_is_a_valid_schema(name):
    jsonschema.Draft202012Validator.check_schema(json.loads((FOLDER / f"{name}.json").read_text()))
