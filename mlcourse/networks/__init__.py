"""Networks, each a function of its weights: `net(theta, x)`, with theta from `net.init(rng)`.

What lessons do with theta is offered here, too; it is written in `weights`.
"""

from ..weights import Theta, stack, value_and_gradient
from .bag_classifier import BagClassifier
from .coder import Coder
from .convnet import ConvNet
from .mlp import MLP
from .modules import from_module
from .set_encoder import SetEncoder
from .transformer import Transformer
from .word_vectors import WordVectors, WordWeights

__all__ = [
    "MLP",
    "BagClassifier",
    "Coder",
    "ConvNet",
    "SetEncoder",
    "Theta",
    "Transformer",
    "WordVectors",
    "WordWeights",
    "from_module",
    "stack",
    "value_and_gradient",
]
