"""Three more changes to the museum's meta-gradient. Lesson 10 asks you to find them: read on when you have tried."""

from .exhibits import Exhibit

CLIPPED = """norm = torch.cat([g.flatten() for g in gradient.values()]).norm()
    gradient = {name: g / norm.clamp(min=1.0) for name, g in gradient.items()}
    return total.detach() / task.n_tasks, gradient"""

MYSTERIES = {
    "A": Exhibit(
        (("mse(net(phi, x_support), y_support)", "mse(net(phi, x_support[:, :-1]), y_support[:, :-1])"),),
        "finite differences",
    ),
    "B": Exhibit(
        (("for _ in range(steps)", "for step in range(steps)"), ("create_graph=True", "create_graph=step == 0")),
        "finite differences",
    ),
    "C": Exhibit(
        (("return total.detach() / task.n_tasks, gradient", CLIPPED),), "finite differences", "many a training loop"
    ),
}  # fmt: skip
