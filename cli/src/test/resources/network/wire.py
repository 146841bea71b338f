"""A wire between two network interfaces of Linux that delays, repeats, drops or damages Ethernet frames.

    wire.py A B [--delay MS] [--jitter MS] [--twice PERCENT] [--drop PERCENT] [--flip PERCENT] [--seed N]

Frames keep their virtio header: a frame whose TCP checksum is still to be computed arrives with a right one although
a bit of it was changed, as after damage behind the network card. Other frames with a changed bit are dropped by TCP.
Prints "ready" when frames pass, and what it did when it is ended.
"""

import argparse
import heapq
import random
import select
import signal
import socket
import sys
import time

# constants of Linux that Python does not name
SOL_PACKET, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING, ETH_P_ALL, SO_RCVBUFFORCE = 263, 15, 23, 3, 33
VNET_HEADER, NEEDS_CHECKSUM, HEADERS = 10, 1, 66  # the last: Ethernet, IPv4 and TCP with a time stamp


def opened(interface):
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    end.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    end.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    end.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
    end.bind((interface, 0))
    end.setblocking(False)
    return end


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("a")
    parser.add_argument("b")
    for name in ("delay", "jitter", "twice", "drop", "flip"):
        parser.add_argument("--" + name, type=float, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    ends = [opened(options.a), opened(options.b)]
    waiting, count, done = [], 0, dict(frames=0, twice=0, dropped=0, flipped=0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(print(done, flush=True)))
    print("ready", flush=True)
    while True:
        pause = max(0, waiting[0][0] - time.monotonic()) if waiting else 1
        for end in select.select(ends, [], [], pause)[0]:
            frame = bytearray(end.recv(1 << 17))
            other = ends[1 - ends.index(end)]
            done["frames"] += 1
            if chance.random() * 100 < options.drop:
                done["dropped"] += 1
                continue
            if len(frame) > VNET_HEADER + HEADERS + 100 and chance.random() * 100 < options.flip:
                if frame[0] & NEEDS_CHECKSUM:
                    done["flipped"] += 1
                    frame[chance.randrange(VNET_HEADER + HEADERS, len(frame))] ^= 1 << chance.randrange(8)
            copies = 2 if chance.random() * 100 < options.twice else 1
            done["twice"] += copies - 1
            for _ in range(copies):
                count += 1
                at = time.monotonic() + (options.delay + chance.random() * options.jitter) / 1000
                heapq.heappush(waiting, (at, count, other, bytes(frame)))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, other, frame = heapq.heappop(waiting)
            try:
                other.send(frame)
            except OSError:
                done["dropped"] += 1  # a full queue, or an interface that is down


main()
