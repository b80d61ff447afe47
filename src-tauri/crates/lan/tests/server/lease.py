"""Has a lease of a file: whoever opens it waits in the kernel, as for a disk that hangs, until standard input ends here, or
for /proc/sys/fs/lease-break-time, 45 s. No crate of ours may ask for one."""

import fcntl
import os
import signal
import sys

file = os.open(sys.argv[1], os.O_RDWR)
signal.signal(signal.SIGIO, lambda *_: print("asked for", flush=True))
fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("held", flush=True)
sys.stdin.read()
