"""The package imports where Unix's modules and calls are missing, as on Windows."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

HIDE_AND_IMPORT = '''
import importlib, os, pkgutil, signal, sys

# What the libraries load of Unix, they load before it is hidden: only this package is judged.
import asyncio, ctypes, multiprocessing, selectors, socket, subprocess, tempfile
import av, cv2, numpy, psutil, scipy.ndimage, scipy.sparse.linalg, PIL.Image, typer
import logging.handlers, urllib.request, concurrent.futures.process
try:
    import fastapi, gradio, uvicorn
except ImportError:
    pass

HIDDEN = {"resource", "fcntl", "pwd", "grp", "termios", "tty", "pty", "posix", "syslog"}
CALLS = ("fork", "forkpty", "killpg", "getpgid", "setpgid", "setsid", "getuid", "geteuid",
         "getgid", "getegid", "setuid", "nice", "wait3", "wait4", "mkfifo", "chown", "fchmod",
         "fchown", "sched_getaffinity", "statvfs", "uname", "getloadavg", "O_DIRECTORY")
SIGNALS = ("SIGKILL", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGPIPE", "SIGXFSZ",
           "SIGSTOP", "alarm", "setitimer")


class Hide:
    """A finder that knows none of Unix's modules."""

    def find_spec(self, name, path=None, target=None):
        if name in HIDDEN:
            raise ModuleNotFoundError(f"{name} is not there on Windows", name=name)


sys.meta_path.insert(0, Hide())
for name in HIDDEN:
    sys.modules.pop(name, None)
for module, names in ((os, CALLS), (signal, SIGNALS)):
    for name in names:
        if hasattr(module, name):
            delattr(module, name)

import vinpaint
names = [m.name for m in pkgutil.walk_packages(vinpaint.__path__, "vinpaint.")]
missing = []
for name in names:
    if name.endswith("__main__"):
        continue
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name in HIDDEN or (error.name or "").startswith("vinpaint"):
            raise
        missing.append(name)  # an extra that is not installed
assert len(names) - len(missing) > 100, missing
print(len(names), "imported")
'''


def test_every_module_imports_without_unix() -> None:
    done = subprocess.run([sys.executable, "-c", HIDE_AND_IMPORT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip().endswith("imported")
