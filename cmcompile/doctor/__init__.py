"""What is looked at before a campaign is sent. Pure: checks say what to ask, and judge the answers."""
