package dev.kelpie.actors.work;

import dev.kelpie.experience.UnitId;
import dev.kelpie.wire.file.FileTicket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The files of units that a process has written: the newest are served to other hosts, and all are
 * deleted when no step needs them any more. The learner deletes those on its own host earlier.
 */
final class UnitFiles {
  private static final int MOST_SERVED = 64;

  private final FileExchange bulk;
  private final Deque<FileTicket> served = new ArrayDeque<>();
  private final List<Written> written = new ArrayList<>();

  private record Written(UnitId unit, Path file) {}

  UnitFiles(FileExchange bulk) {
    this.bulk = bulk;
  }

  /** Serves the file of a unit; returns the ticket with its address. */
  FileTicket serve(UnitId unit, FileTicket file) {
    FileTicket ticket = bulk.offer(file);
    written.add(new Written(unit, Path.of(file.path())));
    served.addLast(ticket);
    if (served.size() > MOST_SERVED) {
      bulk.withdraw(served.removeFirst());
    }
    return ticket;
  }

  /** Deletes the files of units up to step {@code step}, which has been trained. */
  void deleteThrough(long step) {
    List<Written> old =
        written.stream()
            .filter(file -> file.unit.isEval() ? file.unit.step() < step : file.unit.step() <= step)
            .toList();
    written.removeAll(old);
    try {
      for (Written file : old) {
        Files.deleteIfExists(file.file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + e.getMessage(), e);
    }
  }
}
