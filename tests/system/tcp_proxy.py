#!/usr/bin/env python3
"""Carries TCP connections and holds back what they bring.

usage: tcp_proxy.py LISTEN_PORT=HOST:PORT...

A connection to 127.0.0.1:LISTEN_PORT is carried to HOST:PORT. It prints a line when it listens,
and obeys lines on its standard input: `delay MS JITTER_MS` has every piece that passes, either
way, arrive MS and up to JITTER_MS more after it came, in order; `cut` ends the connections that
there are. It ends when its standard input does.
"""

import asyncio
import contextlib
import os
import random
import sys

PIECE_BYTES = 65536
PIECES_HELD_MAX = 256


class Proxy:
    def __init__(self):
        self.delay_s = 0.0
        self.jitter_s = 0.0
        self.open = set()

    def obey(self, line):
        words = line.split()
        if words[:1] == ["delay"]:
            self.delay_s, self.jitter_s = (float(word) / 1000 for word in words[1:])
        elif words == ["cut"]:
            for writer in self.open:
                writer.transport.abort()
        else:
            raise ValueError(line)

    def due(self, now):
        return now + self.delay_s + random.uniform(0, self.jitter_s)

    async def take(self, reader, held):
        clock, due = asyncio.get_running_loop().time, 0.0
        while True:
            piece = await reader.read(PIECE_BYTES)
            due = max(due, self.due(clock()))
            await held.put((due, piece))
            if not piece:
                return

    @staticmethod
    async def give(held, writer):
        clock = asyncio.get_running_loop().time
        while True:
            due, piece = await held.get()
            await asyncio.sleep(max(0, due - clock()))
            if not piece:
                return
            writer.write(piece)
            await writer.drain()

    async def carry(self, near_reader, near_writer, host, port):
        """Both ways, until either side ends it."""
        try:
            far_reader, far_writer = await asyncio.open_connection(host, port)
        except OSError:
            near_writer.transport.abort()
            return
        writers = {near_writer, far_writer}
        self.open |= writers
        tasks = []
        for reader, writer in ((near_reader, far_writer), (far_reader, near_writer)):
            held = asyncio.Queue(PIECES_HELD_MAX)
            tasks += [asyncio.create_task(self.take(reader, held)),
                      asyncio.create_task(self.give(held, writer))]
        try:
            for given in asyncio.as_completed([tasks[1], tasks[3]]):
                await given
                break
        except OSError:
            pass
        finally:
            self.open -= writers
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for writer in writers:
                writer.close()

    async def listen(self, line):
        listen_port, address = line.split("=")
        host, port = address.rsplit(":", 1)

        async def accepted(reader, writer):
            await self.carry(reader, writer, host, int(port))

        return await asyncio.start_server(accepted, "127.0.0.1", int(listen_port))


async def main(lines):
    proxy = Proxy()
    servers = [await proxy.listen(line) for line in lines]
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    print(f"{len(servers)} listen", flush=True)
    while line := await orders.readline():
        proxy.obey(line.decode())
    os._exit(0)  # connections are under way, and end with it


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(sys.argv[1:]))
