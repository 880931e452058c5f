"""The parent's side of a preparing child."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cmcompile.apply.child.errors import MessageError
from cmcompile.apply.child.messages import encode, preparation_of, reply_of
from cmcompile.apply.child.pipe import Pipe
from cmcompile.model.child import NoReply, NotReady, Preparation, Ready, Reply, Word


@dataclass(frozen=True, slots=True)
class End:
    """How a process ended.

    Attributes
    ----------
    why
        A part of a sentence: ``it ended with exit code 1``.
    killed
        Whether a signal ended it.
    """

    why: str
    killed: bool = False


class Far(Pipe, Protocol):
    """The pipe to a child, and the process at its other end."""

    @property
    def pid(self) -> int:
        """Its process id."""

    def wait(self) -> bool:
        """Wait until `read` would return at once. False: a person interrupted, twice."""

    def end(self) -> End:
        """Tell how the process ended, after end of file."""

    def close(self, *, said: bool, heard: bool) -> None:
        """Close the pipe and let the process end; it may be repeated.

        Parameters
        ----------
        said
            Whether it may have got the word: it must not be killed then.
        heard
            Whether it has nothing more to say.
        """


class PipeChild:
    """A child at the other end of a pipe; implements ``Child``.

    The order has been said over the pipe already.

    Parameters
    ----------
    claim
        The claim of the order.
    """

    def __init__(self, far: Far, claim: str) -> None:
        self.far = far
        self._claim = claim
        self._said = False
        self._stopped = False
        self._preparation: Preparation | None = None
        self._reply: Reply | None = None

    @property
    def pid(self) -> int:
        """The process id; that of the wrapper where the command is one."""
        return self.far.pid

    def prepared(self) -> Preparation:
        """Return what came of preparing, the same each time; waits for it.

        It is not ready when it said anything else, when it ended or was stopped, and when a person
        interrupted twice.
        """
        if self._preparation is None:
            self._preparation = self._prepared()
        return self._preparation

    def go(self, word: Word) -> None:
        """Say the word.

        Raises
        ------
        RuntimeError
            When it was said already, or the child is not ready or stopped: a mistake of the caller.
        MessageError
            When it is no word for the claim of this child: a mistake of the caller; it was not said.
        """
        if self._said:
            raise RuntimeError(f"the word was said already to the child {self.pid}")
        if self._stopped or not isinstance(self._preparation, Ready):
            raise RuntimeError(f"the child {self.pid} does not wait for a word")
        if word.claim != self._claim:
            raise MessageError(f"the word is for the claim {word.claim}, the child's is {self._claim}")
        line = encode(word)
        # From here on it counts as said, whatever becomes of the writing: part of it may be the whole.
        self._said = True
        try:
            self.far.write(line)
        except OSError as error:
            self._reply = NoReply(f"the word could not be said: {error}")

    def reply(self) -> Reply | None:
        """Return what came of the call, the same each time; waits for it.

        None: a person interrupted twice; it may be asked again.

        Raises
        ------
        RuntimeError
            When the word was not said: a mistake of the caller.
        """
        if not self._said:
            raise RuntimeError(f"the word was not said to the child {self.pid}")
        if self._reply is None:
            self._reply = self._replied()
        return self._reply

    def stop(self) -> None:
        """Close the pipe.

        A child without the word ends, if need be by a signal. One that may have the word is left to itself,
        whatever it does: it keeps its reply where it can be found.
        """
        self._stopped = True
        self.far.close(said=self._said, heard=self._reply is not None)

    def _prepared(self) -> Preparation:
        if self._stopped:
            return NotReady("the child was stopped", transient=True)
        if not self.far.wait():
            return NotReady("interrupted while preparing", transient=True)
        line = self._read()
        if line is None:
            end = self.far.end()
            return NotReady(f"the child said nothing: {end.why}", transient=end.killed)
        try:
            return preparation_of(line)
        except MessageError as error:
            return NotReady(f"what the child said can't be used: {error}")

    def _replied(self) -> Reply | None:
        if self._stopped:
            return NoReply("the reply was not waited for")
        if not self.far.wait():
            return None
        line = self._read()
        if line is None:
            return NoReply(f"the child did not reply: {self.far.end().why}")
        try:
            return reply_of(line)
        except MessageError as error:
            return NoReply(f"what the child replied can't be used: {error}")

    def _read(self) -> str | None:
        try:
            return self.far.read()
        except OSError:
            return None
