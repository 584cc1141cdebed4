"""`python -m mlcourse.experiments`, under which the first recorded files cite it: see `runs.experiments`."""

from .runs.experiments import main

if __name__ == "__main__":
    main()
