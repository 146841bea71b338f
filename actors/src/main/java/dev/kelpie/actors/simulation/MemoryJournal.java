package dev.kelpie.actors.simulation;

import dev.kelpie.runs.JournalEvent;
import dev.kelpie.runs.RunLog;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/**
 * A journal in memory that outlives the simulated process that writes it. A process that dies loses
 * what it has not synced; one that dies while it syncs leaves the first of those events.
 */
public final class MemoryJournal implements RunLog.Store {
  private final List<JournalEvent> kept = new ArrayList<>();
  private final List<JournalEvent> pending = new ArrayList<>();
  private double crashAfter = -1;

  /** The process dies while it writes. */
  static final class Crash extends Error {
    private static final long serialVersionUID = 1;

    Crash() {
      super("killed while the journal was written", null, false, false);
    }
  }

  @Override
  public void append(JournalEvent event) {
    pending.add(event);
  }

  @Override
  public void sync() {
    if (crashAfter >= 0) {
      int written = (int) (crashAfter * pending.size());
      kept.addAll(pending.subList(0, written));
      pending.clear();
      crashAfter = -1;
      throw new Crash();
    }
    kept.addAll(pending);
    pending.clear();
  }

  /**
   * The next sync is the process's last.
   *
   * @param share part of its events that are kept, from 0 to less than 1
   */
  void crashAtSync(double share) {
    crashAfter = share;
  }

  /** The process that wrote is gone. */
  void lost() {
    pending.clear();
    crashAfter = -1;
  }

  @Override
  public void replay(Consumer<JournalEvent> sink) {
    kept.forEach(sink);
  }

  /** The events that are kept, in order. */
  public List<JournalEvent> events() {
    return Collections.unmodifiableList(kept);
  }

  @Override
  public void close() {
    sync();
  }
}
