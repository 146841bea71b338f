package dev.kelpie.actors.simulation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The way of a weight file to the machines of the workers. A machine that has the file sends it on,
 * to one other at a time: after {@code n} transfers {@code 2^n} machines have it. Machines that ask
 * wait for one that is free.
 */
final class Broadcast {
  private final VirtualTime time;
  private final WorkTimes times;
  private final Map<Long, Version> versions = new HashMap<>();

  private static final class Version {
    final Set<String> holders = new HashSet<>();
    final Map<String, Deque<Runnable>> waiting = new HashMap<>();
    final Deque<String> queue = new ArrayDeque<>();
    int free;
  }

  Broadcast(VirtualTime time, WorkTimes times) {
    this.time = time;
    this.times = times;
  }

  /** A version is published on the learner's machine; versions that are long gone are forgotten. */
  void published(String learner, long version) {
    versions.keySet().removeIf(old -> old < version - 8);
    Version fresh = new Version();
    fresh.holders.add(learner);
    fresh.free = 1;
    versions.put(version, fresh);
  }

  /** Calls {@code arrived} when the file of a version is on a machine. */
  void fetch(String host, long version, Runnable arrived) {
    Version file = versions.get(version);
    if (file == null || file.holders.contains(host) || times.transfer() <= 0) {
      time.after(0, arrived);
      return;
    }
    Deque<Runnable> own = file.waiting.get(host);
    if (own != null) {
      own.add(arrived);
      return;
    }
    file.waiting.put(host, new ArrayDeque<>(Set.of(arrived)));
    file.queue.add(host);
    send(file);
  }

  private void send(Version file) {
    while (file.free > 0 && !file.queue.isEmpty()) {
      String host = file.queue.remove();
      file.free--;
      time.after(
          times.transfer(),
          () -> {
            file.holders.add(host);
            file.free += 2;
            Deque<Runnable> own = file.waiting.remove(host);
            if (own != null) {
              own.forEach(Runnable::run);
            }
            send(file);
          });
    }
  }
}
