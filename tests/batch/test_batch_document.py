"""The document of a group of jobs: any YAML reader sees what ours sees, before and after a claim."""

from __future__ import annotations

from contextlib import suppress

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cmcompile.batch.document import Document, Resources, document_bytes, is_document, read_document
from cmcompile.batch.errors import BatchFileError
from cmcompile.compiler.claim import with_claim

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
SIZES = st.none() | st.integers(0, 10**12)
DOCUMENTS = st.builds(
    Document,
    system=st.sampled_from(["slurm", "htcondor"]),
    where=TEXTS,
    task=TEXTS,
    jobs=st.integers(0, 10**6),
    table=TEXTS,
    script=TEXTS,
    submit=TEXTS,
    output=TEXTS,
    resources=st.builds(Resources, SIZES, SIZES, SIZES, SIZES),
    options=st.dictionaries(TEXTS, TEXTS, max_size=3),
    files=st.lists(TEXTS, max_size=3).map(tuple),
)
PLAIN = Document("slurm", "", "DST", 3, "1.jobs.tsv", "1.sh", "1.sbatch", "c/DST/1")


@given(DOCUMENTS)
def test_a_document_comes_back_from_its_bytes(document: Document) -> None:
    data = document_bytes(document, "about")
    assert is_document(data)
    assert read_document(data) == document
    # What is not printable may be a pair of surrogates to JSON and not to YAML; the compiler lets none in.
    if all(map(str.isprintable, _texts(document))):
        seen = yaml.safe_load(data)
        assert seen["options"] == document.options
        assert (seen["where"], seen["task"], seen["files"]) == (
            document.where,
            document.task,
            list(document.files),
        )
        assert seen["payload"] == {"output": document.output}


def _texts(document: Document) -> list[str]:
    texts = [document.where, document.task, document.table, document.script, document.submit]
    return [*texts, document.output, *document.options, *document.options.values(), *document.files]


@pytest.mark.parametrize("run", ["u/c/DST/1/w00-0a1b2c", "u/it's/w00-000000", "1/w00-123456"])
def test_a_claim_is_read_as_it_was_added(run: str) -> None:
    claimed = with_claim(document_bytes(PLAIN), run, "${PWD}/submit/c/DST/1/w00-0a1b2c")
    found = read_document(claimed)
    assert (found.output_run, found.submit_path) == (run, "${PWD}/submit/c/DST/1/w00-0a1b2c")
    assert yaml.safe_load(claimed)["payload"] == {"output": "c/DST/1", "outputRun": run}


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        ((b"batch: 1", b"batch: 2"), "version"),
        ((b"jobs: 3", b"jobs: 03"), "no number"),
        ((b"jobs: 3", b"jobs: 3\njobs: 4"), "stands where"),
        ((b"task: DST", b""), "has no task"),
        ((b"task: DST", b"task:\n  - DST"), "no key with a value"),
        ((b"files: []", b"files: [1]"), "no list of texts"),
        ((b"files: []", b"files: [[[["), "can't be read"),
        ((b'where: ""', b'where: "\\x"'), "can't be read"),
        ((b"task: DST", b'"\\x": DST'), "can't be read"),
        ((b"resources: {}", b"resources:\n  memory: 1\n  memory: 2"), "twice"),
        ((b"resources: {}", b"resources:\n  gpus: 1"), "can't be read"),
        ((b"task: DST", b"task: \xff"), "UTF-8"),
    ],
)
def test_a_document_that_is_not_as_it_was_written_is_refused(edit: tuple[bytes, bytes], why: str) -> None:
    data = document_bytes(PLAIN)
    assert edit[0] in data
    with pytest.raises(BatchFileError, match=why):
        read_document(data.replace(*edit))


@given(st.binary(max_size=80))
def test_whatever_it_holds_reading_ends_in_words(data: bytes) -> None:
    with suppress(BatchFileError):
        read_document(data)


def test_a_file_of_bps_is_no_document() -> None:
    assert not is_document(b"pipelineYaml: x\npayload:\n  batch: 1\n")
