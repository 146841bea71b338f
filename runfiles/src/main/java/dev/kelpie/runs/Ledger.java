package dev.kelpie.runs;

import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Purpose;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Accounts for every sample. From the events of the journal, live or replayed after a restart, it
 * proves that no sample is consumed twice, none is lost from the count, and no version lags too
 * far. A group is issued again only when its attempt before was dropped. In a run that scores no
 * response, groups are consumed as they were received.
 */
final class Ledger {
  private static final int MOST_VIOLATIONS = 20;

  private final long maxStaleness;
  private final TreeMap<GroupId, Entry> latest = new TreeMap<>();
  private final Map<String, Long> droppedBy = new TreeMap<>();
  private final List<String> violations = new ArrayList<>();
  private final Map<LedgerEvent.Kind, Long> training = new EnumMap<>(LedgerEvent.Kind.class);
  private long issued;
  private long consumed;
  private long measured;
  private long dropped;
  private long inFlight;
  private long maxLag;
  private boolean anyRewarded;
  private boolean anyUnrewarded; // consumed without a reward
  private long forgotten = -1;
  private final TreeMap<Long, Long> replayed =
      new TreeMap<>(); // samples by the step that is trained

  private record Entry(LedgerEvent.Kind state, int samples, int attempt, long version) {
    Entry to(LedgerEvent.Kind next) {
      return new Entry(next, samples, attempt, version);
    }

    boolean open() {
      return state != LedgerEvent.Kind.CONSUMED && state != LedgerEvent.Kind.DROPPED;
    }
  }

  /**
   * @param maxStaleness most versions a sample may lag when it is trained on
   */
  Ledger(long maxStaleness) {
    this.maxStaleness = maxStaleness;
  }

  /** Applies an event; one that is not allowed becomes a violation and changes nothing. */
  void apply(LedgerEvent event) {
    switch (event.kind()) {
      case ISSUED -> issue(event);
      case RECEIVED -> advance(event, LedgerEvent.Kind.ISSUED);
      case REWARDED -> reward(event);
      case CONSUMED -> consume(event);
      case DROPPED -> drop(event);
      case REPLAYED -> replay(event);
    }
  }

  private void issue(LedgerEvent event) {
    Entry before = latest.get(event.group());
    boolean allowed =
        before == null
            ? isOpen(event.group())
            : before.state() == LedgerEvent.Kind.DROPPED && before.attempt() < event.attempt();
    if (!allowed) {
      violate(event, before);
      return;
    }
    count(event.group(), event.kind(), event.samples());
    issued += event.samples();
    inFlight += event.samples();
    latest.put(
        event.group(), new Entry(event.kind(), event.samples(), event.attempt(), event.number()));
  }

  /** Evaluations of the weights of a checkpoint may still be running when it is saved. */
  private boolean isOpen(GroupId group) {
    boolean eval = group.purpose() == Purpose.EVAL;
    return eval ? group.step() >= forgotten : group.step() > forgotten;
  }

  /** The group's entry before the event; none when the event is not allowed. */
  private @Nullable Entry advance(LedgerEvent event, LedgerEvent.Kind from) {
    Entry before = current(event);
    if (before == null || before.state() != from) {
      violate(event, before);
      return null;
    }
    count(event.group(), event.kind(), event.samples());
    latest.put(event.group(), before.to(event.kind()));
    return before;
  }

  private void reward(LedgerEvent event) {
    Entry before = current(event);
    if (anyUnrewarded) {
      violate(event, before);
    } else if (advance(event, LedgerEvent.Kind.RECEIVED) != null) {
      anyRewarded = true;
    }
  }

  private void consume(LedgerEvent event) {
    Entry received = current(event);
    boolean unrewarded =
        !anyRewarded && received != null && received.state() == LedgerEvent.Kind.RECEIVED;
    Entry before =
        advance(event, unrewarded ? LedgerEvent.Kind.RECEIVED : LedgerEvent.Kind.REWARDED);
    if (before == null) {
      return;
    }
    anyUnrewarded |= unrewarded;
    inFlight -= before.samples();
    if (event.group().purpose() == Purpose.EVAL) {
      measured += before.samples();
      return;
    }
    consumed += before.samples();
    long lag = event.number() - 1 - before.version();
    maxLag = Math.max(maxLag, lag);
    if (lag < 0 || lag > maxStaleness) {
      violation(
          String.format(
              Locale.ROOT,
              "%s was sampled with version %s and trained on in step %s, a lag of %s (expected: 0"
                  + " to %s)",
              event.group(),
              before.version(),
              event.number(),
              lag,
              maxStaleness));
    }
  }

  /** Samples that are trained on again were consumed before, and stay so. */
  private void replay(LedgerEvent event) {
    Entry before = current(event);
    boolean known = before != null && before.state() == LedgerEvent.Kind.CONSUMED;
    boolean settled = latest.get(event.group()) == null && event.group().step() <= forgotten;
    if (event.number() <= event.group().step() || !(known || settled)) {
      violate(event, before);
      return;
    }
    replayed.merge(event.number(), (long) event.samples(), Long::sum);
  }

  private long replays() {
    return replayed.values().stream().mapToLong(samples -> samples).sum();
  }

  private void drop(LedgerEvent event) {
    Entry before = current(event);
    if (before == null || !before.open()) {
      violate(event, before);
      return;
    }
    inFlight -= before.samples();
    countDropped(event.group(), before, event.reason());
  }

  private void countDropped(GroupId group, Entry before, String reason) {
    count(group, LedgerEvent.Kind.DROPPED, before.samples());
    dropped += before.samples();
    droppedBy.merge(reason, (long) before.samples(), Long::sum);
    latest.put(group, before.to(LedgerEvent.Kind.DROPPED));
  }

  private void count(GroupId group, LedgerEvent.Kind kind, long samples) {
    if (group.purpose() == Purpose.ROLLOUT) {
      training.merge(kind, samples, Long::sum);
    }
  }

  /** Counts of training samples by event, all attempts together, and of those in flight. */
  Map<String, Long> counts() {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (LedgerEvent.Kind kind : LedgerEvent.Kind.values()) {
      if (kind != LedgerEvent.Kind.REPLAYED) {
        counts.put(kind.name().toLowerCase(Locale.ROOT), training.getOrDefault(kind, 0L));
      }
    }
    long settled =
        training.getOrDefault(LedgerEvent.Kind.CONSUMED, 0L)
            + training.getOrDefault(LedgerEvent.Kind.DROPPED, 0L);
    counts.put("in-flight", training.getOrDefault(LedgerEvent.Kind.ISSUED, 0L) - settled);
    if (!replayed.isEmpty()) {
      counts.put("replayed", replays());
    }
    return counts;
  }

  /**
   * Returns to the state after {@code step}, because the weights of later steps are lost. Dropped
   * are the samples in flight, those that were consumed later, and those of an evaluation that is
   * not complete: it starts again.
   *
   * @param evaluated whether the evaluation of the weights after a step is complete
   */
  void rewind(long step, LongPredicate evaluated) {
    replayed.tailMap(step, false).clear();
    for (Map.Entry<GroupId, Entry> item : latest.entrySet()) {
      GroupId group = item.getKey();
      Entry entry = item.getValue();
      if (entry.open()) {
        inFlight -= entry.samples();
        countDropped(group, entry, "restart");
      } else if (entry.state() == LedgerEvent.Kind.CONSUMED
          && (group.step() > step || !settled(group, evaluated))) {
        if (group.purpose() == Purpose.EVAL) {
          measured -= entry.samples();
        } else {
          consumed -= entry.samples();
          count(group, LedgerEvent.Kind.CONSUMED, -entry.samples());
        }
        countDropped(group, entry, "restart");
      }
    }
  }

  private static boolean settled(GroupId group, LongPredicate evaluated) {
    return group.purpose() != Purpose.EVAL || evaluated.test(group.step());
  }

  /**
   * Keeps only the counts of samples that are settled up to {@code step}; no rewind goes behind it.
   *
   * @param evaluated whether the evaluation of the weights after a step is complete
   */
  void forget(long step, LongPredicate evaluated) {
    forgotten = Math.max(forgotten, step);
    latest
        .entrySet()
        .removeIf(
            item ->
                item.getKey().step() <= step
                    && !item.getValue().open()
                    && settled(item.getKey(), evaluated));
  }

  private @Nullable Entry current(LedgerEvent event) {
    Entry entry = latest.get(event.group());
    boolean same =
        entry != null && entry.attempt() == event.attempt() && entry.samples() == event.samples();
    return same ? entry : null;
  }

  /** The number of the next attempt at a group. */
  int nextAttempt(GroupId group) {
    Entry entry = latest.get(group);
    return entry == null ? 0 : entry.attempt() + 1;
  }

  private void violate(LedgerEvent event, @Nullable Entry before) {
    String was =
        before == null
            ? "not known, or settled long ago"
            : before.state() + " as attempt " + before.attempt();
    violation(
        String.format(
            Locale.ROOT,
            "%s attempt %s: %s, but it was %s",
            event.group(),
            event.attempt(),
            event.kind(),
            was));
  }

  /** Adds a text to the violations, which are cut off after the first few. */
  void violation(String text) {
    if (violations.size() < MOST_VIOLATIONS) {
      violations.add(text);
    }
  }

  /** The counts and the violations. */
  LedgerCheck check() {
    long open = latest.values().stream().filter(Entry::open).mapToLong(Entry::samples).sum();
    List<String> found = new ArrayList<>(violations);
    if (open != inFlight || issued != consumed + measured + dropped + inFlight) {
      found.add(
          String.format(
              Locale.ROOT,
              "issued %s (expected: consumed %s + measured %s + dropped %s + in flight %s)",
              issued,
              consumed,
              measured,
              dropped,
              open));
    }
    return new LedgerCheck(
        true, issued, consumed, measured, dropped, inFlight, replays(), droppedBy, maxLag, found);
  }
}
