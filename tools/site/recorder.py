"""Records, inside a chapter's kernel, which files of the repository the chapter reads.

Copied into the kernels' IPython profile as a start-up file (see `execute.profile`); it imports
nothing of the repository. `report()` of the module `_chapter_record` gives what was seen as JSON:
modules and packages loaded, files opened to read, folders listed, modules looked for in vain, and
whether another Python was started, whose reading nobody sees.
"""


def _install() -> None:
    import json
    import os
    import sys
    import time
    import types
    from importlib.util import source_from_cache

    opened: set[str] = set()
    listed: set[str] = set()
    wanted: set[str] = set()
    elsewhere: list[str] = []
    started = time.process_time()

    def absolute(path: object) -> str | None:
        if path is None:
            return os.getcwd()
        if not isinstance(path, str | bytes | os.PathLike):
            return None  # a file descriptor: its file was opened by name before
        return os.path.realpath(os.fsdecode(path))

    def asked_by_import() -> bool:
        """Whether the import system lists the folder: it looks for one module's name in it."""
        caller = sys._getframe(2)
        return "importlib" in caller.f_code.co_filename

    def watch(event: str, given: tuple[object, ...]) -> None:
        try:
            if event == "open":
                path, mode, *_ = given
                if (mode is None or "r" in str(mode) or "+" in str(mode)) and (
                    found := absolute(path)
                ):
                    opened.add(found)
            elif event in ("os.listdir", "os.scandir"):
                if not asked_by_import() and (found := absolute(given[0])):
                    listed.add(found)
            elif event == "import":
                wanted.add(str(given[0]))
            elif event in ("os.fork", "os.forkpty") or (
                event in ("subprocess.Popen", "os.posix_spawn", "os.system", "os.exec")
                and "python" in str(given[:2])
            ):
                elsewhere.append(event)
        except Exception as error:  # a hook that raises would change what the chapter does
            elsewhere.append(repr(error))

    def source(path: str) -> str:
        if path.endswith(".pyc"):
            try:
                return source_from_cache(path)
            except ValueError:
                pass
        return path

    def report() -> str:
        seconds = time.process_time() - started
        files = {str(getattr(m, "__file__", None) or "") for m in list(sys.modules.values())}
        files = {os.path.realpath(file) for file in files if file}
        seen = {
            "seconds": seconds,
            "files": sorted({source(file) for file in files | opened if os.path.isfile(file)}),
            "folders": sorted(listed),
            "absent": sorted(wanted - sys.modules.keys()),
            "elsewhere": elsewhere,
            "packages": sorted({name.split(".")[0] for name in list(sys.modules)}),
        }
        return json.dumps(seen)

    module = types.ModuleType("_chapter_record")
    module.report = report  # type: ignore[attr-defined]
    sys.modules["_chapter_record"] = module
    sys.addaudithook(watch)


_install()
del _install
