"""What BPS and the Butler query language mean, without importing lsst."""
