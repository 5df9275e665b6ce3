"""System calls that Python does not offer: namespaces, mounts, capabilities, a call filter."""

import contextlib
import ctypes
import os
import platform
import struct

NEWNS, NEWUTS, NEWIPC = 0x20000, 0x4000000, 0x8000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 4096, 16384, 1 << 18
MADV_COLLAPSE = 25
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP = 1, 4, 22
_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_SET_CHILD_SUBREAPER = 24, 38, 36
_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Leave the namespaces in ``flags`` for new ones."""
    _check(_libc.unshare(flags), "unshare")


def mount_tmpfs(target: str, size: int, flags: int = 0, mode: str = "755") -> None:
    """Cover ``target`` with an empty memory file system of ``size`` bytes."""
    options = f"size={size},mode={mode},nr_inodes=4096".encode()
    flags |= MS_NOSUID | MS_NODEV
    _check(_libc.mount(b"tmpfs", target.encode(), b"tmpfs", flags, options), f"tmpfs on {target}")


def bind(source: str, target: str) -> None:
    """Show ``source`` at ``target`` too."""
    flags = MS_BIND | MS_REC
    _check(_libc.mount(source.encode(), target.encode(), None, flags, None), f"bind {source}")


def make_mounts_private() -> None:
    """Keep later mounts from being seen outside this mount namespace."""
    _check(_libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None), "mount private")


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0), "prctl")


def collapse() -> None:
    """Put this process's own memory into large pages, as far as the kernel does that.

    A fork copies an entry for each page: there are 512 times fewer then.
    """
    size = 2 << 20
    with contextlib.suppress(OSError, ValueError), open("/proc/self/maps") as file:
        for line in file.readlines():
            place, rights, _, _, inode, *name = line.split(maxsplit=5)
            if "w" not in rights or inode != "0" or name[:1] == ["[stack]\n"]:
                continue
            start, end = (int(number, 16) for number in place.split("-"))
            start, end = -(-start // size) * size, end // size * size
            if start < end:
                _libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), MADV_COLLAPSE)


def adopt_orphans() -> None:
    """Become the parent of descendants whose parent ends."""
    _check(_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl")


def set_traceable(yes: bool) -> None:
    """Whether processes of the same user may look into this one."""
    _check(_libc.prctl(_PR_SET_DUMPABLE, int(yes), 0, 0, 0), "prctl")


def drop_capabilities() -> None:
    """Give up every capability, now and across later program starts."""
    for capability in range(64):
        if _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
    header = struct.pack("<Ii", 0x20080522, 0)
    _check(_libc.capset(header, bytes(24)), "capset")


# ------------------------------------------------------------------------------------ system calls

# (x86_64, aarch64); refused with "operation not permitted"
_REFUSED = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "open_by_handle_at": (304, 265), "kexec_load": (246, 104),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "pidfd_getfd": (438, 438), "msgget": (68, 186), "semget": (64, 190), "syslog": (103, 116),
    "vmsplice": (278, 75), "io_setup": (206, 0), "fanotify_init": (300, 262),
    "inotify_init1": (294, 26), "inotify_init": (253, 26),
}  # fmt: skip
_CLONE, _CLONE3, _SOCKET, _SETSID = (56, 220), (435, 435), (41, 198), (112, 157)
_FCNTL, _SETLEASE = (72, 25), 1024
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_EPERM, _ENOSYS, _EAFNOSUPPORT = 1, 38, 97
_LD, _JEQ, _JGE, _JSET, _RET = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENT, _SECOND = 0, 4, 16, 24  # offsets in struct seccomp_data


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def filter_program(machine: str) -> bytes | None:
    """The system-call filter as classic BPF, or None for a machine it is not written for.

    Refused are looking into other processes, memory that no limit counts (memfd, System V), new
    namespaces and mounts, and kernel interfaces that no exercise needs. What sessions see in
    common, such as the library's files, none may watch or hold: a lease would keep the others from
    opening them. Sockets may be local or internet ones (which lead nowhere); the kinds that no
    network namespace contains, such as vsock, are refused.
    """
    if machine not in _ARCHITECTURES:
        return None
    column, architecture = _ARCHITECTURES[machine]

    def op(code: int, k: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("<HBBI", code, yes, no, k)

    lines = [op(_LD, _ARCHITECTURE), op(_JEQ, architecture, 1), op(_RET, _KILL), op(_LD, _NUMBER)]
    if machine == "x86_64":
        # the x32 table has the same calls under other numbers
        lines += [op(_JGE, 0x40000000, 0, 1), op(_RET, _ERRNO | _ENOSYS)]
    for numbers in _REFUSED.values():
        lines += [op(_JEQ, numbers[column], 0, 1), op(_RET, _ERRNO | _EPERM)]
    # done by saying so: each session shares the processor as one group, and so a submission that
    # starts hundreds of processes takes no more of it than its neighbour
    lines += [op(_JEQ, _SETSID[column], 0, 1), op(_RET, _ERRNO)]
    # its flags lie in memory, where a filter cannot look; "not there" makes callers use clone
    lines += [op(_JEQ, _CLONE3[column], 0, 1), op(_RET, _ERRNO | _ENOSYS)]
    lines += [
        op(_JEQ, _CLONE[column], 0, 4),
        op(_LD, _ARGUMENT),
        op(_JSET, NEWUSER | NEWNS | NEWPID | NEWNET | NEWIPC | NEWUTS, 0, 1),
        op(_RET, _ERRNO | _EPERM),
        op(_RET, _ALLOW),
    ]
    lines += [op(_JEQ, _FCNTL[column], 0, 4), op(_LD, _SECOND), op(_JEQ, _SETLEASE, 0, 1)]
    lines += [op(_RET, _ERRNO | _EPERM), op(_RET, _ALLOW)]
    lines += [op(_JEQ, _SOCKET[column], 0, 5), op(_LD, _ARGUMENT)]
    lines += [op(_JEQ, 1, 3), op(_JEQ, 2, 2), op(_JEQ, 10, 1), op(_RET, _ERRNO | _EAFNOSUPPORT)]
    lines += [op(_RET, _ALLOW)]
    return b"".join(lines)


def filter_system_calls() -> bool:
    """Put the filter on this process and all that it starts; False where there is none."""
    code = filter_program(platform.machine())
    if code is None:
        return False
    program = _Program(len(code) // 8, code)
    _check(_libc.prctl(_PR_SET_SECCOMP, 2, ctypes.byref(program), 0, 0), "system-call filter")
    return True
