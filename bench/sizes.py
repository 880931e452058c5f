"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of one run.

    Attributes
    ----------
    pairs
        Measurements of each ratio: ours and the floor by turns.
    groups
        Groups of the campaign that is compiled and written.
    starts
        Starts of a program that make up one measurement.
    large
        Groups and ids of the large campaign.
    growth
        Groups of the campaigns that show how time grows.
    quadratic
        Groups of the campaigns that make-prod-groups is tried with.
    recorded, ids_of_recorded
        Groups that a ledger knows, and visits for each of them.
    submissions
        Measurements of submitting, ours and by hand; jobs are run between them.
    sent_groups, sent_visits
        Groups that are submitted, and visits for each of them: each visit is eight quanta.
    signalled
        Jobs of batch steps that say how far they are.
    """

    pairs: int
    groups: int
    starts: int
    large: tuple[int, int]
    growth: tuple[int, ...]
    quadratic: tuple[int, ...]
    recorded: int = 25_000
    ids_of_recorded: int = 10
    submissions: int = 3
    sent_groups: int = 8
    sent_visits: int = 13
    signalled: int = 100_000


FULL = Sizes(5, 10_000, 4, (50_000, 2_000_000), (1_000, 2_000, 5_000, 10_000, 20_000), (500, 1_000, 2_000))
QUICK = Sizes(
    3, 1_000, 2, (5_000, 200_000), (500, 1_000, 2_000), (250, 500), 2_500, submissions=1, signalled=50_000
)
