"""The far side: what cmcompile talks to, simulated, with faults; and the world in which time passes."""
