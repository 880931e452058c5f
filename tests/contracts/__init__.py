"""What every implementation of a Protocol must do: checks over a bench, for simulated and real ones alike."""
