"""The embedded engine, and the records that local supervisors of runs keep on disk.

Only the modules that BPS itself loads import ``lsst``; the records need the standard library alone.
"""
