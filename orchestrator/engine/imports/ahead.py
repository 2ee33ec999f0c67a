"""Where does the parsing run? In a process of its own, one chunk ahead of the loading.

The parser needs a core and so does PostgreSQL: apart they take half the time. A short file is not
worth a process, and the first chunks of a long one are parsed here while the process starts.
"""

import asyncio
import pickle
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import islice
from typing import IO, Final

from orchestrator.engine.imports.parsing import Chunk, Job, parse

WORTH_A_PROCESS: Final = 2_000_000
"""Bytes: about 15 000 rows, a second of parsing; to start a process costs half of that."""
PARSED_HERE: Final = 2
"""Chunks. Loading them takes about as long as it takes a process to start."""
PROGRAM: Final = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer);"
    " from orchestrator.engine.imports.ahead import work; work()"
)
"""Not multiprocessing: that would load the whole program again into the parser."""


@asynccontextmanager
async def chunks_of(job: Job, size: int) -> AsyncIterator[AsyncIterator[Chunk]]:
    """The chunks of a file of `size` bytes; the next is parsed while the caller works."""
    if size < WORTH_A_PROCESS:
        yield _here(parse(job))
        return
    process = await asyncio.to_thread(_start, job)
    assert process.stdout is not None
    later = _from(process.stdout)
    try:
        yield _one_after_the_other(_here(islice(parse(job), PARSED_HERE)), later)
    finally:
        process.kill()
        await later.aclose()
        await asyncio.to_thread(process.wait)
        process.stdout.close()


def work() -> None:
    """The parser's process: a job comes in, its chunks go out, then None; or what went wrong."""
    job: Job = pickle.load(sys.stdin.buffer)
    out, sys.stdout = sys.stdout.buffer, sys.stderr
    # Whoever wanted the chunks may be gone.
    with suppress(BrokenPipeError):
        try:
            for chunk in parse(job, first=PARSED_HERE):
                _send(out, chunk)
            _send(out, None)
        except Exception as error:  # told to whoever waits, in the other process
            _send(out, error)


def _start(job: Job) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    with process.stdin as pipe:
        pickle.dump(sys.path, pipe)
        pickle.dump(job, pipe)
    return process


async def _here(chunks: Iterator[Chunk]) -> AsyncIterator[Chunk]:
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        yield chunk


async def _one_after_the_other(
    first: AsyncIterator[Chunk], later: AsyncIterator[Chunk]
) -> AsyncIterator[Chunk]:
    async for chunk in first:
        yield chunk
    async for chunk in later:
        yield chunk


async def _from(pipe: IO[bytes]) -> AsyncGenerator[Chunk, None]:
    """What the parser sends; receiving goes on while the last chunk is loaded.

    Raises:
        what the parser raised.
    """
    coming = asyncio.ensure_future(asyncio.to_thread(_receive, pipe))
    try:
        while (message := await coming) is not None:
            coming = asyncio.ensure_future(asyncio.to_thread(_receive, pipe))
            yield message
    finally:
        # The thread ends with the process that writes; what it still finds is for nobody.
        await asyncio.wait([coming])
        coming.exception()


def _send(pipe: IO[bytes], message: Chunk | Exception | None) -> None:
    pickle.dump(message, pipe, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Chunk | None:
    try:
        message = pickle.load(pipe)
    except (EOFError, pickle.UnpicklingError) as error:
        raise RuntimeError("the parser of an import died") from error
    if isinstance(message, Exception):
        raise message
    assert message is None or isinstance(message, Chunk)
    return message
