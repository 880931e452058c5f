"""``python -m bench [--quick] [NAME…]``: measure, and end with 1 when a judged ratio is over its bound."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from bench.children import BenchError
from bench.figures import Ratio
from bench.run import CASES, run
from bench.sizes import FULL, QUICK


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    parser = argparse.ArgumentParser("python -m bench", description="Measure cmcompile.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(CASES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="smaller sizes and fewer pairs")
    chosen = parser.parse_args(arguments)
    unknown = sorted(set(chosen.names) - set(CASES))
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(CASES)}")
    try:
        figures = run(QUICK if chosen.quick else FULL, chosen.names)
    except BenchError as error:
        print(error, file=sys.stderr)
        return 2
    over = [figure.name for figure in figures if isinstance(figure, Ratio) and figure.over]
    if over:
        print(f"over its bound: {'; '.join(over)}", file=sys.stderr)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
