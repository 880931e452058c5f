"""The ledger: the branch of a campaign, its events, and how they are appended."""
