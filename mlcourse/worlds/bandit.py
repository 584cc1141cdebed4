"""A bandit with a number as its action: one action, one reward, no label; and all that is estimated has a closed form.

    r = -c (a - mu)^2,    a ~ N(theta, sigma^2),    J(theta) = E[r] = -c ((theta - mu)^2 + sigma^2)

theta is what is learned, sigma how widely it is tried; a task is mu, the best action, and c, how steeply rewards fall.
Every argument is a number or a tensor, and they broadcast.
"""


def reward(action, mu, c=1.0):
    """What an action earns: 0 at mu, and less on either side."""
    return -c * (action - mu) ** 2


def expected(theta, mu, sigma, c=1.0):
    """J, the mean reward of actions from N(theta, sigma^2)."""
    return -c * ((theta - mu) ** 2 + sigma**2)


def slope(theta, mu, c=1.0):
    """J', the gradient of the mean reward; the curvature J'' is -2 c everywhere."""
    return -2 * c * (theta - mu)


def meta_slope(theta, mu, alpha, c=1.0):
    """The derivative of J(theta + alpha J'(theta)) with respect to theta: adapting by one step of the exact gradient.

    The step leaves a share of 1 - 2 alpha c of the distance to mu, and moves with theta by the same factor.
    """
    return -2 * c * (1 - 2 * alpha * c) ** 2 * (theta - mu)
