"""The system-call filter, run by a small interpreter of the instructions that it uses."""

import struct

import pytest

from autograder.sandbox.inside import kernel

ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def verdict(machine: str, number: int, argument: int = 0, architecture: int | None = None) -> int:
    """What the kernel would do with one system call."""
    code = kernel.filter_program(machine)
    assert code is not None
    data = {0: number, 4: architecture or ARCHITECTURES[machine], 16: argument}
    lines = list(struct.iter_unpack("<HBBI", code))
    at, accumulator = 0, 0
    while True:
        operation, yes, no, k = lines[at]
        at += 1
        if operation == 0x20:
            accumulator = data[k]
        elif operation == 0x06:
            return int(k)
        else:
            true = {0x15: accumulator == k, 0x35: accumulator >= k, 0x45: bool(accumulator & k)}
            at += yes if true[operation] else no


@pytest.mark.parametrize(
    ("machine", "number"),
    [
        *(("x86_64", n) for n in (101, 310, 311, 319, 29, 165, 272, 308, 321, 425, 434 + 4)),
        *(("aarch64", n) for n in (117, 270, 271, 279, 194, 40, 97, 268, 280, 425, 438)),
    ],
)
def test_calls_into_other_processes_and_the_kernel_are_refused(machine: str, number: int) -> None:
    assert verdict(machine, number) == ERRNO | 1


@pytest.mark.parametrize(("machine", "number"), [("x86_64", 0), ("x86_64", 257), ("aarch64", 63)])
def test_ordinary_calls_pass(machine: str, number: int) -> None:
    assert verdict(machine, number) == ALLOW


@pytest.mark.parametrize(("machine", "clone"), [("x86_64", 56), ("aarch64", 220)])
def test_a_process_may_be_made_but_no_namespace(machine: str, clone: int) -> None:
    assert verdict(machine, clone, 0x1200011) == ALLOW
    for flag in (0x10000000, 0x20000, 0x20000000, 0x40000000):
        assert verdict(machine, clone, flag | 17) == ERRNO | 1
    assert verdict(machine, 435) == ERRNO | 38


@pytest.mark.parametrize(("machine", "number"), [("x86_64", 41), ("aarch64", 198)])
def test_sockets_are_local_or_internet_ones(machine: str, number: int) -> None:
    assert [verdict(machine, number, family) for family in (1, 2, 10)] == [ALLOW] * 3
    assert {verdict(machine, number, family) for family in (16, 17, 38, 40)} == {ERRNO | 97}


def test_another_table_of_calls_is_no_way_around() -> None:
    assert verdict("x86_64", 101, architecture=0x40000003) == KILL
    assert verdict("x86_64", 0x40000000 | 101) == ERRNO | 38


def test_a_machine_that_it_is_not_written_for_has_none() -> None:
    assert kernel.filter_program("riscv64") is None
