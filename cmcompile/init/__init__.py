"""A new repository of campaigns, with all that goes with it: checks before commits, editors, CI."""
