"""What `python -m mlcourse COMMAND` records for a lesson; a new record needs a line here and a `record` in its file."""

RECORDS = {  # for each command the file of `runs` that does it, and what it records
    "curves": ("curves", "lesson 03's curves, error over training time"),
    "leak": ("leak", "what lesson 04's leak is worth"),
    "pairs": ("pairs_or_episodes", "lesson 08's pairs and episodes"),
    "tuning": ("settings", "lesson 11's table of trained settings"),
    "rates": ("twenty_ways", "lesson 11's inner rates on characters, set and learned"),
    "noise": ("doubtful", "lesson 11's wrong labels and noisy pictures"),
    "context": ("context", "lesson 12's learners, and keep weights"),
    "navigation": ("navigation", "lesson 13's contestants on the plane"),
    "robot": ("robot", "lesson 14's models of an arm, and rides with them"),
    "leo": ("latent", "lesson 15's learners, with a part taken away each"),
}
