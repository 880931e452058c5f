"""What `doctor` asks of environments and machines; ``lsst`` is imported inside functions only."""
