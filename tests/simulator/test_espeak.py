"""The speech library is one per process, whoever asks first."""

import subprocess
import sys

_AT_ONCE = """
import sys
import threading
from simulator.espeak import library
sys.setswitchinterval(1e-6)
ready = threading.Barrier(8)
found = []
def ask():
    ready.wait()
    found.append(library())
threads = [threading.Thread(target=ask) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(found), len({id(one) for one in found}))
"""


def test_threads_that_ask_at_once_share_one_library() -> None:
    # In a process of its own: here it is loaded already, and two of it would crash this one.
    done = subprocess.run(
        [sys.executable, "-c", _AT_ONCE], capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stdout.split()) == (0, ["8", "1"])
