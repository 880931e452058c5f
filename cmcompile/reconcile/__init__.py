"""One pass over a campaign: observe, record, plan, apply, render; nothing is kept from pass to pass."""
