"""What ``make-prod-groups`` and ``create-campaign-yaml`` of prodstatus were given, as a spec."""
