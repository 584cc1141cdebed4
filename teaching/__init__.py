"""For whoever teaches a class with the course: slides from a lesson, and graded work from its exercises."""
