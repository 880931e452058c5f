"""A small campaign with real tasks and a real Butler repository, made on the spot: what a laptop can run."""
