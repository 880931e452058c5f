"""When will a campaign end: a quick simulation over the needs and limits of the plan."""
