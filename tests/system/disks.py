"""Disks that fill up or fail, for one validator."""

import os
import subprocess

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

int fdatasync(int descriptor)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    const char *fail_when = getenv("FAIL_SYNC_WHEN");
    const char *slow_ms = getenv("SLOW_SYNC_MS");
    if (slow_ms != NULL) {
        usleep(1000 * (useconds_t)atoi(slow_ms));
    }
    if (fail_when != NULL && access(fail_when, F_OK) == 0) {
        errno = EIO;
        return -1;
    }
    return real(descriptor);
}
"""


class NotPermitted(Exception):
    """There can be no such disk here; says why."""


class SmallDisk:
    """A folder on a small tmpfs, in a mount namespace of its own that ends with its holder."""

    def __init__(self, size_bytes):
        """From the main thread only: the holder dies with the thread that started it."""
        self.holder = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "sh", "-c",
             f"mount -t tmpfs -o size={size_bytes} tmpfs /mnt && echo mounted && "
             "exec sleep infinity"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.folder = os.path.join("/proc", str(self.holder.pid), "root", "mnt")
        if self.holder.stdout.readline() != "mounted\n":
            self.end()
            raise NotPermitted("mounting a tmpfs in an own mount namespace is not permitted here")

    def end(self):
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()

    @property
    def filler(self):
        return os.path.join(self.folder, "filler")

    def fill(self):
        """Takes all that is left, to the last block."""
        with open(self.filler, "wb", buffering=0) as filler:
            for size in (1 << 20, 1 << 12):
                try:
                    while True:
                        filler.write(b"\0" * size)
                except OSError:
                    pass

    def empty(self):
        os.remove(self.filler)


def build_shim(folder):
    source, library = (os.path.join(str(folder), name) for name in ("shim.c", "shim.so"))
    with open(source, "w", encoding="ascii") as file:
        file.write(SHIM)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


def slow_sync(folder, milliseconds):
    """The environment of a process whose every sync takes so long."""
    return {"LD_PRELOAD": build_shim(folder), "SLOW_SYNC_MS": str(milliseconds)}


class FailingSync:
    """The environment of a process whose syncs fail from start() to stop()."""

    def __init__(self, folder):
        self.trigger = os.path.join(str(folder), "fail")
        self.environment = {"LD_PRELOAD": build_shim(folder), "FAIL_SYNC_WHEN": self.trigger}

    def start(self):
        with open(self.trigger, "wb"):
            pass

    def stop(self):
        os.remove(self.trigger)
