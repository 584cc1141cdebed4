"""Answers to the coding exercises, one file a check: right ones in many styles, and wrong ones.

To add a wrong answer, add a line to WRONG: words of the message that it should get (a regular expression), and the
answer. To add a right one, add it to RIGHT under a name; it must be right for other numbers and sizes, too. The first
is the plainest. An answer that is right for the sizes of the lesson only belongs into SIZED.
"""
