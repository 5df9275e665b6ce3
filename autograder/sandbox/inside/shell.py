"""IPython's shell without a kernel: outputs go to a collector."""

import contextlib
import io
import os
import subprocess
import sys
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Any as AnyTrait
from traitlets import Type
from traitlets.config import Config

from .outputs import Collector, Stream


class _Publisher(DisplayPublisher):
    collector: Any = AnyTrait()

    def publish(self, data: Any, metadata: Any = None, **_: Any) -> None:  # type: ignore[override]
        self.shell.collector.display("display_data", dict(data))

    def clear_output(self, wait: bool = False) -> None:
        self.shell.collector.clear()


class _Hook(DisplayHook):
    def __call__(self, result: Any = None) -> None:
        shell: Any = self.shell
        if result is None or self.quiet():  # type: ignore[no-untyped-call]
            return
        self.update_user_ns(result)  # type: ignore[no-untyped-call]
        data, _ = self.compute_format_data(result)  # type: ignore[no-untyped-call]
        self.fill_exec_result(result)  # type: ignore[no-untyped-call]
        shell.collector.display("execute_result", data, self.prompt_count)


class Shell(InteractiveShell):
    """Runs cells; keeps no history on disk, asks nothing, shows into ``collector``."""

    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)
    collector: Any = AnyTrait()

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        try:
            text = str(evalue)
        except Exception:
            text = ""
        self.collector.error(
            getattr(etype, "__name__", "Exception"), text, [str(line) for line in stb]
        )

    def enable_gui(self, gui: Any = None) -> None:
        """Nothing: there is no event loop to tie in."""

    def system(self, cmd: str) -> None:
        """Run ``!cmd``: without a terminal, its output below the cell."""
        done = subprocess.run(
            self.var_expand(cmd, depth=1),  # type: ignore[no-untyped-call]
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.collector.stream("stdout", done.stdout.decode("utf-8", "replace"))
        self.user_ns["_exit_code"] = done.returncode

    def init_sys_modules(self) -> None:
        """Make the user's module the program's main one, as in a kernel."""
        sys.modules["__main__"] = self.user_module


def make_shell() -> Shell:
    """A shell in which nothing has run, made once in the fork server."""
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.xmode = "Context"
    config.InteractiveShell.cache_size = 100
    shell = Shell.instance(config=config)
    shell.collector = Collector(1 << 20)
    with contextlib.suppress(ImportError):
        from . import figures

        figures.always_png()
        shell.enable_matplotlib("inline")  # type: ignore[no-untyped-call]
        figures.draw_once()
    return shell


def redirect(shell: Shell, limit: int) -> None:
    """Give the session its own collector, and have stdout and stderr write to it."""
    shell.collector = Collector(limit)
    sys.stdin = io.StringIO()
    restore_streams(shell)


def restore_streams(shell: Shell) -> None:
    """Put stdout and stderr where a cell left nothing: IPython cannot do without them."""
    if not hasattr(sys.stdout, "flush") or sys.stdout is sys.__stdout__:
        sys.stdout = Stream("stdout", shell.collector)
    if not hasattr(sys.stderr, "flush") or sys.stderr is sys.__stderr__:
        sys.stderr = Stream("stderr", shell.collector)
