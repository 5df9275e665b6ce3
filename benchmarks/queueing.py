"""How many submissions a minute so many workers and one coordinator grade: the model of the docs.

A closed queueing network of N customers: each is judged for `judging` seconds without waiting (a
worker of its own), then served by the one coordinator, in turn, for `serving` seconds.
"""

import numpy as np
from numpy.typing import NDArray


def throughput(workers: int, judging: float, serving: float) -> NDArray[np.float64]:
    """Submissions a second with 1, 2, ... `workers` workers, by exact mean value analysis.

    Service times are exponential and independent. `judging` and `serving` are means, in seconds;
    the result has shape (workers,).

    Source: Reiser and Lavenberg, Journal of the ACM 27, 1980.
    """
    if workers < 1 or judging < 0 or serving <= 0:
        raise ValueError(
            "workers must be at least 1, judging at least 0 and serving more than 0, not "
            f"{workers}, {judging}, {serving}"
        )
    queue, found = 0.0, np.empty(workers)
    for n in range(1, workers + 1):
        response = serving * (1 + queue)
        found[n - 1] = n / (judging + response)
        queue = found[n - 1] * response
    return found


def bound(workers: int, judging: float, serving: float) -> NDArray[np.float64]:
    """What no order of service can exceed with 1, 2, ... `workers` workers, whatever the times."""
    n = np.arange(1, workers + 1)
    return np.minimum(n / (judging + serving), 1 / serving)
