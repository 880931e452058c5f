"""From a spec and the sent groups to groups and bytes; pure."""
