"""The child that talks to BPS; it runs in the environment of the campaign, with its stack."""
