"""What a CI job does with campaigns: the commands of cmcompile over many campaigns, told to the CI system."""
