"""Codes CM200-CM229: the ledger, what it keeps of sent groups, and what ``verify`` finds."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity

SENT_IDS_LOST = Code("CM200", Severity.ERROR, "the ids of a sent group can't be had")
SENT_IDS_DIFFER = Code("CM201", Severity.ERROR, "a claim whose ids are not those that it was made with")
SENT_CLAIM_LOST = Code("CM202", Severity.ERROR, "a sent group without a claim that can be read")
OTHER_EMIT = Code("CM203", Severity.NOTE, "a sent group that another version of the compiler wrote")

# What `verify` finds: signs of tampering.
HISTORY_BROKEN = Code("CM205", Severity.ERROR, "a commit of the ledger that does not follow on one other")
LEDGER_FILE_CHANGED = Code("CM206", Severity.ERROR, "a file of the ledger that was changed")
LEDGER_FILE_REMOVED = Code("CM207", Severity.ERROR, "a file of the ledger that was removed")
EVENTS_REORDERED = Code("CM208", Severity.ERROR, "events that were added in another order than their numbers")
EVENT_NUMBERS = Code("CM209", Severity.ERROR, "numbers of events with a gap, or twice")
FOREIGN_FILE = Code("CM210", Severity.ERROR, "a file that does not belong in the ledger")
ID_TWICE = Code("CM211", Severity.ERROR, "two events or two claims with one id")
EVENT_UNREADABLE = Code("CM212", Severity.ERROR, "an event that can't be read")
UNKNOWN_CLAIM = Code("CM213", Severity.ERROR, "an event of a claim or gate that its workflow does not have")
CLAIM_NAMES = Code("CM214", Severity.ERROR, "a run whose name does not follow from its claim")
DEFINITION_DIFFERS = Code("CM215", Severity.ERROR, "a definition that the recorded spec does not give")
SUBMIT_DIFFERS = Code("CM216", Severity.ERROR, "a submit file that the recorded spec does not compile to")
INCLUDE_DIFFERS = Code("CM217", Severity.ERROR, "an include file that is not as in the recorded spec")
AS_RUN_ABSENT = Code("CM218", Severity.ERROR, "an as-run file that is not there")
GROUP_NOT_MADE = Code("CM219", Severity.ERROR, "a submission that its recorded spec can't have made")
LEDGER_JSON = Code("CM220", Severity.ERROR, "a ledger.json that is not there, or not of this campaign")
DOCUMENT_DIFFERS = Code("CM225", Severity.ERROR, "a saved plan or approval that its name does not stand for")
AS_RUN_DIGEST = Code("CM226", Severity.ERROR, "as-run files that are not those of the gate")
MEMBERS_DIFFER = Code("CM227", Severity.ERROR, "a claim for other data than its group has")
NOT_APPROVED = Code("CM228", Severity.ERROR, "a submission that was not approved")

# What `verify` can't check: no sign of tampering.
MADE_BY_OTHER = Code("CM221", Severity.NOTE, "a submit file that another version of cmcompile wrote")
HISTORY_SHORT = Code("CM222", Severity.WARNING, "a ledger whose whole history is not there")
SPEC_NOT_THERE = Code("CM223", Severity.WARNING, "a recorded spec commit that is not there")
SPEC_UNCOMMITTED = Code("CM224", Severity.NOTE, "a submission from files that were not committed")
