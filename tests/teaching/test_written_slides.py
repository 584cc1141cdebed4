"""The slides that are written open from a folder without a network: whatever they load lies beside them."""

import re
from pathlib import Path

import pytest

from teaching import slides

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=["notebooks/02_maml.ipynb", "teaching/quizzes/02_maml.md"])
def written(request, tmp_path_factory):
    return slides.write(ROOT / request.param, tmp_path_factory.mktemp("slides"))


def test_what_a_page_loads_lies_beside_it(written):
    page = written.read_text(encoding="utf-8")
    loaded = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"', page)
    loaded += re.findall(r'"(lib/[^"]+\.js)"', page)
    files = [re.sub(r"\?.*", "", name) for name in loaded if not name.startswith("data:")]
    assert len(files) > 5
    assert not [name for name in files if not (written.parent / name).is_file()]


def test_notes_are_for_the_speaker_and_results_stand_without_their_code(written):
    page = written.read_text(encoding="utf-8")
    assert '<aside class="notes">' in page
    if written.stem == "02_maml":
        assert page.count("theta = torch.tensor(0.3)") == 0  # in colours, a line is cut into words
        assert page.count("by_differences") == page.count('<span class="n">by_differences</span>') > 0
        assert '<pre class="board"><span class="fragment">' in page
    else:
        assert page.count("the answer") == 5
