"""From events to states, legal moves, acceptance; pure."""
