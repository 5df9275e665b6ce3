"""What processes use, as the kernel tells it."""

import contextlib
import resource


def address_space() -> int:
    """Bytes of address space of this process, which a limit on a child must leave it."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 30


def processor() -> float:
    """Seconds that this process and all that ended below it have used of a processor."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(u.ru_utime + u.ru_stime for u in used)


def memory(pids: list[int], limit: int) -> int:
    """Bytes that ``pids`` keep, pages that they share counted once if it matters."""
    page = resource.getpagesize()
    rough = {}
    for pid in pids:
        with (
            contextlib.suppress(OSError, ValueError, IndexError),
            open(f"/proc/{pid}/statm") as file,
        ):
            rough[pid] = int(file.read().split()[1]) * page
    if sum(rough.values()) <= limit:
        return 0
    total = 0
    for pid, resident in rough.items():
        try:
            with open(f"/proc/{pid}/smaps_rollup") as file:
                total += next(
                    int(line.split()[1]) << 10 for line in file if line.startswith("Pss:")
                )
        except (OSError, StopIteration, ValueError):
            total += resident
    return total


def sockets(first: int) -> int:
    """How many sockets the session's network namespace holds."""
    try:
        with open(f"/proc/{first}/net/sockstat") as file:
            return int(file.readline().split()[2])
    except (OSError, ValueError, IndexError):
        return 0
