"""Feedback into nbgrader's exchange, for those whose hand-in came through it."""

import glob
from pathlib import Path

from nbgrader.exchange.default import ExchangeReleaseFeedback

from autograder.gradebook import exchange_secret


class ReleaseFeedback(ExchangeReleaseFeedback):
    """What ``nbgrader release_feedback`` and formgrader's button start.

    nbgrader names a page in the exchange by the secret of the hand-in, which ``nbgrader submit``
    made. Its own class ends at the first page that has none, such as that of a student who handed
    in on another platform, and leaves out all that come after it.
    """

    src_path: str

    def copy_files(self) -> None:
        """Release the pages that can be; say of the others that they are not."""
        root = Path(self.coursedir.root)
        released = 0
        for folder in sorted(map(Path, glob.glob(self.src_path))):
            about = folder / "timestamp.txt"
            if exchange_secret.read(root, *folder.relative_to(root).parts) and about.is_file():
                self.src_path = glob.escape(str(folder))
                super().copy_files()
                released += 1
            else:
                student = folder.parent.name
                self.log.warning(
                    "Not released: the hand-in of '%s' did not come through nbgrader's exchange, "
                    "so they cannot fetch feedback from it; give them %s another way",
                    student,
                    folder / "*.html",
                )
        self.log.info("Released the feedback of %d students", released)
