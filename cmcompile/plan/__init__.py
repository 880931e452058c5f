"""What would be done: from spec, ledger, decisions and facts to standings and a plan; pure."""
