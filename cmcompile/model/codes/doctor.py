"""Codes CM230-CM259: what ``doctor`` finds before anything is sent."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity

BUTLER = Code("CM230", Severity.ERROR, "a Butler repository that can't be opened")
INPUTS = Code("CM231", Severity.ERROR, "an input collection that is not there, or is empty")
DATA = Code("CM232", Severity.ERROR, "a data query that nothing fits in the input collections")
RUN = Code("CM233", Severity.ERROR, "a run or a submit directory that the ledger does not know")
CHAIN = Code("CM234", Severity.ERROR, "an output collection that is not what it should be")
PIPELINE = Code("CM235", Severity.ERROR, "a pipeline that the stack can't read, or that lacks the subset")
INCLUDES = Code("CM236", Severity.ERROR, "an include file that BPS won't find")
ENVIRONMENT = Code("CM237", Severity.ERROR, "an environment that can't be set up")
STACK = Code("CM238", Severity.ERROR, "an environment without a stack that can submit")
PLUGIN = Code("CM239", Severity.ERROR, "a BPS plugin that can't be used in the environment")
WMS = Code("CM240", Severity.ERROR, "a workload system that refuses, or is not there")
RECORDS = Code("CM241", Severity.ERROR, "records of runs that can't be used here")
CREDENTIALS = Code("CM242", Severity.ERROR, "credentials that are absent, or end too soon")
LEDGER = Code("CM243", Severity.ERROR, "a ledger that can't be written to")
PROTECTION = Code("CM244", Severity.ERROR, "a remote that lets a ledger be deleted or rewritten")
SPOOL = Code("CM245", Severity.ERROR, "facts that are kept and were not sent, or that can't be kept")
AREA = Code("CM246", Severity.ERROR, "an area that can't be written to")
ROOM = Code("CM247", Severity.ERROR, "too little room on a disk, or in a quota")
SECRETS = Code("CM248", Severity.ERROR, "a secret that is not set")
CLOCK = Code("CM249", Severity.ERROR, "a clock that is wrong")
HERE = Code("CM250", Severity.ERROR, "a cmcompile that can't ask the Butler")
