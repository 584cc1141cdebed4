"""The helper package of the course: one idea a file, each shown and tested in a lesson."""
