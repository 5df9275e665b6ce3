"""One open sandbox for the tests of this folder, with limits small enough to be reached quickly."""

from collections.abc import Callable, Iterator

import pytest

from autograder.assignment import Limits
from autograder.sandbox import CellResult, Sandbox, Session

LIMITS = Limits(
    cell_seconds=10.0,
    call_seconds=3.0,
    submission_seconds=30.0,
    memory_bytes=400 << 20,
    output_bytes=1 << 16,
    reply_bytes=1 << 20,
    file_bytes=4 << 20,
    processes=40,
)


@pytest.fixture(scope="session")
def box() -> Iterator[Sandbox]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_SECRET", "hush")
        with Sandbox(forbidden=("torch", "rnncourse.elman"), limits=LIMITS) as sandbox:
            yield sandbox


@pytest.fixture
def session(box: Sandbox) -> Iterator[Session]:
    with box.session() as session:
        yield session


@pytest.fixture
def run(session: Session) -> Callable[..., CellResult]:
    """Run one cell in a fresh session."""

    def run_cell(code: str, timeout: float = 10.0) -> CellResult:
        return session.run(code, cell="cell", count=1, timeout=timeout)

    return run_cell


@pytest.fixture
def shown(run: Callable[..., CellResult]) -> Callable[..., str]:
    """Run one cell and give back all text that it showed."""

    def text_of(code: str, timeout: float = 10.0) -> str:
        result = run(code, timeout)
        return "\n".join(o.text for o in result.outputs).strip()

    return text_of
