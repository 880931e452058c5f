"""How long something that was sent to GitHub without an answer may still turn up.

GitHub gives up a request after 10 seconds (docs.github.com, "Troubleshooting the REST API": timeouts).
"""

from __future__ import annotations

#: Seconds before each look; together more than the 10.
LOOKS = (1.0, 4.0, 8.0)
