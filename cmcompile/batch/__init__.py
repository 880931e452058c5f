"""Files of batch steps: what one group of jobs is to a batch system (docs/batch.md)."""
