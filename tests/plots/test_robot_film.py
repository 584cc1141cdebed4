"""Arms are drawn where they are, and a film moves in a page that has no kernel."""

from base64 import b64decode
from io import BytesIO

import pytest
import torch
from PIL import Image

from mlcourse import plots
from mlcourse.worlds import two_links


@pytest.fixture
def way():
    return torch.stack([torch.tensor([0.1 * t, 0.5, 0.0, 0.0]) for t in range(12)])


def test_the_last_pose_is_where_the_arm_ends(shown, way):
    plots.arms({"whole": way, "dead": way[:1]}, goals={"whole": torch.tensor([0.3, 0.4]), "dead": None})
    whole, dead = shown[0].axes
    assert whole.lines[-1].get_xydata() == pytest.approx(two_links.points(way[-1]).numpy())
    assert dead.lines[-1].get_xydata() == pytest.approx(two_links.points(way[0]).numpy())
    assert whole.lines[1].get_xydata().tolist() == [[pytest.approx(0.3), pytest.approx(0.4)]]


def test_a_film_is_one_small_png_of_many_pictures(way, monkeypatch):
    said = []
    monkeypatch.setattr("IPython.display.display", said.append)
    plots.film({"MAML": way, "physics": way.flip(0)}, {"MAML": torch.zeros(2), "physics": torch.zeros(11, 2)})
    data, _ = said[0]._repr_mimebundle_()
    png = b64decode(data["image/png"])
    film = Image.open(BytesIO(png))
    assert film.format == "PNG" and film.n_frames == 6
    assert len(png) < 300_000


def test_a_median_robot_is_in_its_band(shown):
    values = torch.arange(20.0).view(5, 4)
    plots.over_time({"metres": {"MAML": values}}, broken=2, changes=(1,))
    ax = shown[0].axes[0]
    assert ax.lines[0].get_ydata() == pytest.approx(values.median(0).values.numpy())
    assert [line.get_xdata()[0] for line in ax.lines[1:]] == pytest.approx([0.05, 0.1])
