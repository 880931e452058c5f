"""Steps with ``engine: batch``: the jobs of a group, and the files that a batch system is given for it."""
