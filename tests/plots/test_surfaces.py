"""The surfaces of lesson 15: the plane holds the whole path where it has two dimensions, and the losses are theirs."""

import torch

from mlcourse.plots.surfaces import _on_plane


def test_places_on_the_plane_are_as_far_apart_as_the_points_and_the_losses_are_those_of_the_points(rng):
    basis, _ = torch.linalg.qr(torch.randn(6, 2, generator=rng))
    path = (torch.randn(5, 2, generator=rng) @ basis.T).view(5, 2, 3)  # five points of two classes with three numbers

    def losses(points):
        return points.flatten(1).square().sum(1), points.sum((1, 2))

    way, a, b, support, query = map(torch.as_tensor, _on_plane(path, losses, n=7))
    torch.testing.assert_close(torch.cdist(way, way), torch.cdist(path.flatten(1), path.flatten(1)))
    assert way[-1].abs().max() < 1e-12 and a[0] < way.min() and way.max() < a[-1]
    # The middle of the picture is the last point of the path.
    torch.testing.assert_close(support[3, 3], path[-1].square().sum())
    torch.testing.assert_close(query[3, 3], path[-1].sum())
    assert torch.equal(a, b) and support.shape == (7, 7)
