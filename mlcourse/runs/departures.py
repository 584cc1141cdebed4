"""Where recorded runs depart from their papers, in sentences that a run's file repeats among its remarks."""

ROTATED = "Characters turned by 90, 180 and 270 degrees are extra classes, in training and test, drawn like any other."
SPLIT = "1,200 characters drawn at random to train on, the other 423 to test on."
LIKE_THEIRS = "The authors draw such a split, too."
EASIER = (
    "The paper's is a list, that of Vinyals et al., whose test alphabets but one are unseen in training: harder than "
    "ours, which tests other characters of alphabets that it has trained on."
)
IN_ORDER = "The split of Vinyals et al.: the first 1,200 characters to train on, the last 423 to be tested on."
OMNIGLOT = (ROTATED, SPLIT)
DRAWN, LISTED = (*OMNIGLOT, LIKE_THEIRS), (*OMNIGLOT, EASIER)
TRIALS = "The 20 runs are 400 trials; the interval is over their 10 alphabets, two runs each, by Student's t."
WITHIN = (
    "Trained on the 30 background alphabets, all classes of a task from one alphabet; turned characters are extra "
    "classes in training only.",
    TRIALS,
)
BUDGET = "The paper does not say for how many iterations it trained."
AUTHORS_LOSS = (
    "the authors' loss is a vector divided by K whose gradient sums it, N times the mean, so that in our terms their "
    "rate is 2.0. Their batch norm has no scale, its shift is not adapted, and they train on 1,100 characters."
)
AUTHORS_RATE = f"alpha is the paper's; but {AUTHORS_LOSS}"
IN_OUR_TERMS = f"The inner rate is the authors' own in our terms, not the paper's number: {AUTHORS_LOSS}"
TEN = "The paper trains with 10 points a task, also where it tests with 5; ours trains with as many as it tests with."
RUNNING = "The authors test with batch norm's running averages; we keep none."
FRESH_ADAM = (
    "Adam starts afresh on each task; in the authors' code its second moment goes on from task to task, and into "
    "the test."
)
SHARED_ADAM = (
    "The authors' tasks take turns with their Adam; our five of an iteration all start from one state, and its mean "
    "goes on, with the epsilon of torch, which stands elsewhere than TensorFlow's."
)
EPSILON_HAT = "Adam's epsilon stands where TensorFlow has it, outside the correction of the bias."
DISTORTED = "The drawings to train on are distorted, each by itself, as in Koch et al. 2015."
ONE_QUERY = "Without transduction, the statistics are the support set's; the authors add the one query to it."
ONE_NETWORK = "One network serves both tests; the authors train one for each, with the same settings."
ONE_SHOT = (
    "One network serves both tests, and trains with one shot: on characters held back it was better with five shots, "
    "too, than one that trained with five for as long. In the paper there is one for each."
)
MORE_SHOTS = "The rows named trained with one ask the same network with five shots, which it never met in training."
TURNED = "The authors turn the characters of training only."
FOUR_TURNS = "The rows named four turns average a task's scores over its four turns; the papers do not."
UPRIGHT = "The authors do not turn test characters: the rows named upright are tested as theirs."
