"""`python -m mlcourse.experiments`, as the first recorded files cite it: the same as `python -m mlcourse results`."""

import sys

from .__main__ import main

if __name__ == "__main__":
    main(["results", *sys.argv[1:]])
