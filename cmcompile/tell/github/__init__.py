"""GitHub, and GitHub Enterprise, by their REST interface of version 2022-11-28."""
