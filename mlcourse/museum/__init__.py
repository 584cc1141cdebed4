"""The museum of bugs that train and look fine: meta-gradients, idioms of other libraries, ways to mismeasure."""
