"""A run made otherwise in one thing differs in that alone, and its rows, settings and remarks say so."""

import pytest

from mlcourse.runs import departures
from mlcourse.runs.experiments import EXPERIMENTS

VARIANTS = {
    "maml-5way-1shot-alpha2": ("maml-5way-1shot", "alpha 2.0", dict(alpha=2.0), departures.IN_OUR_TERMS),
    "reptile-runs-epsilon": ("reptile-runs", "epsilon hat", dict(epsilon_hat=True), departures.EPSILON_HAT),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_its_method_has_another_setting_in_training_and_in_the_test_and_all_else_stays(name):
    of, called, how, remark = VARIANTS[name]
    variant, original = EXPERIMENTS[name], EXPERIMENTS[of]
    assert variant.how == original.how | how != original.how
    for test, before in zip(variant.tests, original.tests, strict=False):
        assert test.how == before.how | how
        assert test._replace(how=before.how, setting=before.setting) == before
        assert test.setting == f"{before.setting}, {called}"
    assert remark in variant.remarks and remark not in original.remarks
    assert departures.AUTHORS_RATE not in variant.remarks
    assert variant._replace(how=original.how, tests=original.tests, remarks=original.remarks) == original


def test_another_split_is_another_world_and_says_so():
    variant, original = EXPERIMENTS["prototypical-1shot-vinyals"], EXPERIMENTS["prototypical-1shot"]
    assert variant._replace(data=original.data, remarks=original.remarks) == original
    assert variant.data == "omniglot in order" and departures.IN_ORDER in variant.remarks
    assert not {departures.SPLIT, departures.EASIER} & set(variant.remarks)
