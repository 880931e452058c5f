"""Codes CM101-CM149: the BPS configuration.

CM1nn is rule nn of the list of BPS rules. Two rules moved, since CM121-CM123 belong to the data query
(``query.py``): rule 22 is CM132 and rule 23 is CM133. CM127 and above are rules that the list has not, or has
only inside another rule. CM101-CM103 (includes absent, loops, keys twice) are found by the reader of files,
CM119 by the strict reader of YAML, and CM124 needs a server.
"""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity

UNDEFINED_NAME = Code("CM104", Severity.ERROR, "a text names a {x} that nothing defines")
NAME_CYCLE = Code("CM105", Severity.ERROR, "{x} leads back to itself, or to no end")
LONE_BRACE = Code("CM106", Severity.ERROR, "a brace that BPS can't read")
UNDECLARED_VARIABLE = Code(
    "CM107", Severity.WARNING, "environment variable that the environment doesn't declare"
)
WRONG_SPELLING = Code("CM108", Severity.ERROR, "key in a spelling that BPS never reads")
UNKNOWN_ROOT_KEY = Code(
    "CM109", Severity.WARNING, "unknown key at the root or under payload, or much like a job key"
)
JOB_KEY_UNDER_PAYLOAD = Code("CM110", Severity.WARNING, "a job key under payload beats every task")
PIPELINE_OR_GRAPH = Code("CM111", Severity.ERROR, "neither or both of pipelineYaml and qgraphFile")
MISSING_KEY = Code("CM112", Severity.ERROR, "a key that BPS needs is missing")
TASK_IN_TWO_CLUSTERS = Code("CM113", Severity.ERROR, "task named twice in clusters")
DEAD_CLUSTER = Code("CM114", Severity.WARNING, "cluster that has no effect")
BAD_CLUSTER = Code("CM115", Severity.ERROR, "cluster keys that don't go together")
NOT_UNIFORM = Code("CM116", Severity.ERROR, "the tasks of a cluster differ in an attribute")
EMPTY_BODY = Code("CM117", Severity.ERROR, "section or task with nothing in it")
WRONG_TYPE = Code("CM118", Severity.ERROR, "value of a type that BPS doesn't take for this key")
RESIDUE = Code("CM120", Severity.ERROR, "residue of a template in a value")
MEMORY_OVER_LIMIT = Code("CM125", Severity.WARNING, "requestMemory above the memory limit")
STEP_AND_QUERY = Code("CM126", Severity.WARNING, "the data query doesn't fit how the step is split")
RENAMED = Code("CM127", Severity.WARNING, "name that BPS has dropped or moved")
CLAIM_KEY = Code("CM128", Severity.ERROR, "key that is set at submission only")
OUTPUT_TOO_LONG = Code("CM129", Severity.ERROR, "run name too long for the workload system")
MISSING_SLASH = Code("CM130", Severity.ERROR, "no slash after a ${..._DIR} variable")
MAYBE_IN_INCLUDE = Code("CM131", Severity.NOTE, "a {x} that only an include that can't be read may define")
BAD_LABEL = Code("CM132", Severity.ERROR, "label after # that no pipeline can have")
OUTPUT_IS_INPUT = Code("CM133", Severity.ERROR, "the output collection is also an input")
HIDDEN_BY_DEFAULT = Code("CM134", Severity.WARNING, "key at root that a default under payload hides")
NOT_ON_PANDA = Code("CM135", Severity.WARNING, "key that has no effect on PanDA")
ATTEMPTS_ON_PANDA = Code("CM136", Severity.NOTE, "numberOfRetries counts all attempts on PanDA")
