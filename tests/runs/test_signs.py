"""Signs of one's own: examples come and go, four methods answer, and a folder keeps what was drawn."""

import numpy as np
import pytest

from mlcourse.runs import signs as module
from mlcourse.runs.signs import METHODS, MOST_CLASSES, MOST_EXAMPLES, Signs
from mlcourse.worlds import alphabets

SOME = alphabets.load().images[::40].numpy()  # 37 characters of 20 drawings


def signs(n_way: int, k_shot: int) -> Signs:
    found = Signs()
    for k in range(k_shot):
        for c in range(n_way):
            found.add(f"class {c}", SOME[c, k])
    return found


def test_all_four_answer_alike_whatever_the_order_of_the_examples():
    first, other = signs(3, 2), Signs()
    for name, images in reversed(first.classes.items()):
        for image in images:
            other.add(name, image)
    for drawing in (SOME[0, 7], SOME[2, 9]):
        a, b = first.ask(drawing), other.ask(drawing)
        assert [v.method for v in a] == list(METHODS) and sum(a[0].shares.values()) == pytest.approx(1, abs=1e-5)
        assert [v.label for v in a if v.method != "MAML"] == [v.label for v in b if v.method != "MAML"]


def test_they_are_right_more_often_than_by_chance_and_find_an_example_again():
    found = signs(5, 3)
    right = {method: 0 for method in METHODS}
    for c in range(5):
        for verdict in found.ask(SOME[c, 8]):
            right[verdict.method] += verdict.label == f"class {c}"
        for verdict in found.ask(SOME[c, 1]):  # the second example itself
            if verdict.label == f"class {c}":
                assert verdict.example == 1
    assert right["prototypical"] >= 3 and right["MAML"] >= 3


def test_more_than_five_classes_leave_the_methods_with_a_head_out_and_one_class_everybody():
    assert [v.method for v in signs(6, 1).ask(SOME[0, 3])] == ["prototypical", "pixels"]
    with pytest.raises(ValueError, match="two classes"):
        signs(1, 3).ask(SOME[0, 3])


def test_there_is_room_for_so_much_and_names_can_be_folders():
    full = signs(MOST_CLASSES, MOST_EXAMPLES)
    with pytest.raises(ValueError, match="class 3 has 5 examples already"):
        full.add("class 3", SOME[0, 0])
    with pytest.raises(ValueError, match="10 classes already"):
        full.add("one more", SOME[0, 0])
    for name in ("", "  ", "a/b", "..", ".hidden", "a\nb", "C:"):
        with pytest.raises(ValueError, match="Name the class first"):
            Signs().add(name, SOME[0, 0])
    full.remove("class 3", 0)
    assert len(full.classes["class 3"]) == MOST_EXAMPLES - 1
    for _ in range(MOST_EXAMPLES - 1):
        full.remove("class 3", 0)
    assert "class 3" not in full.classes


def test_what_was_kept_is_loaded_again_and_nothing_is_overwritten(tmp_path):
    found = signs(3, 2)
    found.keep(tmp_path / "kept")
    again = Signs()
    again.load(tmp_path / "kept")
    assert list(again.classes) == sorted(found.classes)
    for name, images in found.classes.items():
        for a, b in zip(images, again.classes[name], strict=True):
            assert np.logical_and(a, b).sum() > 0 and a.shape == b.shape
    with pytest.raises(ValueError, match="is not empty"):
        found.keep(tmp_path / "kept")
    with pytest.raises(ValueError, match="nothing to keep"):
        Signs().keep(tmp_path / "other")
    signs(2, 5).keep(tmp_path / "many")
    for i in range(3):
        (tmp_path / "many/class 0" / f"x{i}.png").write_bytes((tmp_path / "many/class 0/1.png").read_bytes())
    with pytest.raises(ValueError, match="room for 10 of 5"):
        again.load(tmp_path / "many")
    assert len(again.classes) == 3  # what there was is left


def test_the_methods_are_stored_ones():
    assert set(METHODS) <= set(module.zoo.learners(module.zoo.load()))
