"""Signals of jobs: their files, the spool that holds them, and what they come to.

A payload sends its signals with this package on a worker: it needs the standard library only, and what sends
imports as little of that as it can.
"""
