"""The program that `limited` starts: takes requests on standard input, does them within their limits, hands over.

A request is one line of JSON; what is handed over is lines of JSON, too, each with as many bytes
behind it as it says. Nothing is pickled: whoever takes over this process through a parser can
send wrong words to the one that started it, and no code.

On Linux the system holds it to its memory and its time on a processor. Where the system does
not (macOS, Windows), a thread looks at the memory, and the clock of whoever started it remains.
"""

from __future__ import annotations

import importlib
import json
import logging
import math
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack, chdir
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from index.errors import FootnoteError
from index.formats.files import shown_as
from index.formats.limits import ReadingLimits

OUT_OF_MEMORY = 97  # exit code
_WATCHED_EVERY_S = 0.05
_WAITING_TAKES_S = 60  # of a processor, between two requests: hardly anything
_HAS_LIMIT_OF_MEMORY = sys.platform not in ("darwin", "win32")  # macOS takes one, and does not keep it


def main() -> NoReturn:
    """Do one request after the other, until whoever started this is gone."""
    for number in (
        signal.SIGINT,
        signal.SIGTERM,
    ):  # Ctrl-C is for the one that started this, which then closes the input
        signal.signal(number, signal.SIG_IGN)
    out = _own_output()
    _limit("RLIMIT_CORE", 0)
    logger = logging.getLogger("footnote")
    logger.addHandler(_Sending(out))
    logger.propagate = False
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    _send(out, {"ready": True})
    memory = MemoryWatch()
    if not _HAS_LIMIT_OF_MEMORY:
        threading.Thread(target=memory.watch, daemon=True).start()
    while True:
        _do(json.loads(requests.get()), out, memory)


def _own_output() -> BinaryIO:
    """Return what standard output was; whatever a parser prints goes elsewhere from now on."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return out


def _listen(requests: queue.SimpleQueue[bytes]) -> None:
    """Pass requests on, and end this process in the middle of one whose sender is gone."""
    for line in sys.stdin.buffer:
        requests.put(line)
    os._exit(0)


class _Sending(logging.Handler):
    def __init__(self, out: BinaryIO) -> None:
        super().__init__(logging.WARNING)
        self._out = out

    def emit(self, record: logging.LogRecord) -> None:
        _send(self._out, {"log": [record.levelno, record.getMessage()]})


def _do(request: dict[str, Any], out: BinaryIO, memory: MemoryWatch) -> None:
    path, limits = Path(request["path"]), ReadingLimits(**request["limits"])
    module, _, name = request["task"].partition(":")
    end: dict[str, Any] = {}
    try:
        memory.most_bytes = limits.max_memory_bytes
        _limit("RLIMIT_AS", limits.max_memory_bytes)
        _limit("RLIMIT_CPU", _processor_seconds() + request["seconds"])
        work = getattr(importlib.import_module(module), name)
        with ExitStack() as stack:
            if request["folder"] is not None:
                stack.enter_context(chdir(request["folder"]))
            if request["place"] is not None:
                stack.enter_context(shown_as(path, request["place"]))
            for value, body in work(path, limits, *request["given"]):
                _send(out, {"item": value, "body": len(body)}, body)
                _limit("RLIMIT_CPU", _processor_seconds() + request["seconds"])
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except FootnoteError as error:
        end = {"error": [type(error).__name__, str(error)]}
    except Exception:  # noqa: BLE001  # a defect of ours: told to whoever asked, who can log it
        end = {"defect": traceback.format_exc()}
    _limit("RLIMIT_CPU", _processor_seconds() + _WAITING_TAKES_S)
    _send(out, {"done": peak_memory_bytes(), **end})


def _send(out: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    out.write(json.dumps(head).encode("ascii") + b"\n")
    out.write(body)
    out.flush()


def _processor_seconds() -> int:
    """Return for how long this process has been busy, which is what the system's limit counts from."""
    return math.ceil(time.process_time())


def _limit(what: str, most: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    kind = getattr(resource, what)
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


class MemoryWatch:
    """Ends this process when it has held more memory than it may; looks twenty times a second."""

    most_bytes: float = math.inf

    def watch(self, *, rest: Callable[[float], object] = time.sleep) -> None:
        """Look again and again."""
        while peak_memory_bytes() <= self.most_bytes:
            rest(_WATCHED_EVERY_S)
        os._exit(OUT_OF_MEMORY)


def peak_memory_bytes() -> int:
    """Return the most memory that this process has held."""
    if sys.platform == "win32":
        return _peak_on_windows()
    status = Path("/proc/self/status")  # Linux; its ru_maxrss begins with what the process that started this one held
    if status.is_file():
        return 1024 * int(status.read_text("ascii", "replace").partition("VmHWM:")[2].split()[0])
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _peak_on_windows() -> int:
    import ctypes

    class Counters(ctypes.Structure):
        _fields_ = (
            ("cb", ctypes.c_uint32),
            ("PageFaultCount", ctypes.c_uint32),
            *(
                (name, ctypes.c_size_t)
                for name in (
                    "PeakWorkingSetSize",
                    "WorkingSetSize",
                    "QuotaPeakPagedPoolUsage",
                    "QuotaPagedPoolUsage",
                    "QuotaPeakNonPagedPoolUsage",
                    "QuotaNonPagedPoolUsage",
                    "PagefileUsage",
                    "PeakPagefileUsage",
                )
            ),
        )

    counters = Counters(cb=ctypes.sizeof(Counters))
    kernel = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined,unused-ignore]  # of Windows alone
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    kernel.K32GetProcessMemoryInfo.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32)
    kernel.K32GetProcessMemoryInfo(kernel.GetCurrentProcess(), ctypes.byref(counters), counters.cb)
    return int(counters.PeakPagefileUsage)


if __name__ == "__main__":
    main()
