"""One file per trial; each names its `Trial` TRIAL and is found by that name alone."""
