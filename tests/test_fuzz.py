"""A short, always equal run of the fuzz test; `python tests/fuzz.py` is the long one."""

import pytest
from fuzz import FAULTS, fuzz
from fuzz_doors import DOORS


@pytest.mark.parametrize('name', DOORS)
def test_bad_inputs_are_refused_with_a_sentence(name):
    outcomes, faults = fuzz(name, 12)
    assert not faults, '\n\n'.join(faults[:5])
    assert outcomes.total() >= 2 and not any(outcomes[fault] for fault in FAULTS)
