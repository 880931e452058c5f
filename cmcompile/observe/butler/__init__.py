"""A real Butler: what became of quanta, collections, sizes. ``lsst`` is imported inside functions only."""
