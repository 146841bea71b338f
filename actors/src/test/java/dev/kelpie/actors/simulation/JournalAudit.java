package dev.kelpie.actors.simulation;

import dev.kelpie.config.Experiment;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Purpose;
import dev.kelpie.runs.JournalEvent;
import dev.kelpie.runs.LedgerEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Reads a journal event by event and says what is not legal in it: a second auditor beside the
 * ledger, by other code.
 */
final class JournalAudit {
  private final Experiment experiment;
  private final List<String> faults = new ArrayList<>();
  private final Map<GroupId, Group> groups = new HashMap<>();
  private final TreeMap<Long, String> committed = new TreeMap<>();
  private final TreeMap<Long, Integer> refills = new TreeMap<>();
  private final Map<GroupId, Integer> failures = new HashMap<>();
  private boolean ended;

  private static final class Group {
    int attempt = -1;
    long version;
    LedgerEvent.Kind state = LedgerEvent.Kind.DROPPED;
    long byStep = -1;
  }

  JournalAudit(Experiment experiment) {
    this.experiment = experiment;
  }

  /** What is wrong with a journal of a run that ended. */
  List<String> of(List<JournalEvent> events, boolean finished) {
    events.forEach(this::apply);
    groups.forEach(
        (id, group) ->
            check(
                group.state == LedgerEvent.Kind.CONSUMED || group.state == LedgerEvent.Kind.DROPPED,
                () -> id + ": " + group.state + " at the end"));
    check(ended, () -> "no end");
    if (finished) {
      check(
          committed.size() == experiment.run().steps(),
          () -> "steps committed: " + committed.keySet() + " of " + experiment.run().steps());
    }
    return faults;
  }

  private void check(boolean fine, Supplier<String> fault) {
    if (!fine) {
      faults.add("journal: " + fault.get());
    }
  }

  /** Most attempts at one group that its workers lost before a run ended. */
  int mostFailures() {
    return failures.values().stream().mapToInt(count -> count).max().orElse(0);
  }

  private void apply(JournalEvent event) {
    if (event instanceof JournalEvent.Started) {
      ended = false;
      return;
    }
    check(!ended, () -> event + " after the end");
    if (event instanceof JournalEvent.Samples samples) {
      samples(samples.event());
    } else if (event instanceof JournalEvent.Refilled refilled) {
      refills.merge(refilled.step(), refilled.prompts(), Integer::sum);
    } else if (event instanceof JournalEvent.Committed done) {
      committed(done);
    } else if (event instanceof JournalEvent.Rewound rewound) {
      rewound(rewound.step());
    } else if (event instanceof JournalEvent.Checkpointed saved) {
      check(
          committed.containsKey(saved.step()) || saved.step() == 0,
          () -> saved + " is not committed");
    } else if (event instanceof JournalEvent.Ended end) {
      ended = true;
      long last = committed.isEmpty() ? 0 : committed.lastKey();
      check(end.step() == last, () -> end + " after step " + last);
    }
  }

  private void samples(LedgerEvent event) {
    Group group = groups.computeIfAbsent(event.group(), id -> new Group());
    LedgerEvent.Kind before = group.state;
    boolean same = event.attempt() == group.attempt;
    switch (event.kind()) {
      case ISSUED -> {
        check(
            before == LedgerEvent.Kind.DROPPED && event.attempt() > group.attempt,
            () -> event + ", but it was " + before + " as attempt " + group.attempt);
        group.attempt = event.attempt();
        group.version = event.number();
      }
      case RECEIVED ->
          check(same && before == LedgerEvent.Kind.ISSUED, () -> event + " was " + before);
      case REWARDED ->
          check(same && before == LedgerEvent.Kind.RECEIVED, () -> event + " was " + before);
      case CONSUMED -> {
        check(same && before == LedgerEvent.Kind.REWARDED, () -> event + " was " + before);
        group.byStep = event.number();
        check(event.number() == event.group().step(), () -> event + " by another step");
        version(event, group.version);
      }
      case DROPPED -> {
        check(
            same && before != LedgerEvent.Kind.DROPPED && before != LedgerEvent.Kind.CONSUMED,
            () -> event + " was " + before);
        if (event.reason().equals("worker-lost") || event.reason().equals("worker-failed")) {
          failures.merge(event.group(), 1, Integer::sum);
        }
      }
      case REPLAYED -> check(before == LedgerEvent.Kind.CONSUMED, () -> event + " was " + before);
    }
    group.state = event.kind();
  }

  private void version(LedgerEvent event, long version) {
    if (event.group().purpose() == Purpose.EVAL) {
      check(version == event.group().step(), () -> event + " with version " + version);
      return;
    }
    long begin = experiment.iterations().start(event.number());
    int bound = experiment.async().maxStaleness();
    check(version <= begin && version >= begin - bound, () -> event + " with version " + version);
  }

  private void committed(JournalEvent.Committed done) {
    long before = committed.isEmpty() ? 0 : committed.lastKey();
    check(done.step() == before + 1, () -> done + " after step " + before);
    committed.put(done.step(), done.weightsSha256());
    long consumed =
        groups.entrySet().stream()
            .filter(item -> item.getKey().purpose() == Purpose.ROLLOUT)
            .filter(item -> item.getValue().state == LedgerEvent.Kind.CONSUMED)
            .filter(item -> item.getValue().byStep == done.step())
            .count();
    long expected =
        experiment.iterations().samples(done.step())
            ? experiment.rollout().promptsPerStep() + refills.getOrDefault(done.step(), 0)
            : 0;
    check(
        consumed == expected, () -> done.step() + ": " + consumed + " of " + expected + " groups");
  }

  private void rewound(long step) {
    check(
        step == 0 || committed.containsKey(step),
        () -> "rewound to step " + step + ", committed: " + committed.keySet());
    committed.tailMap(step, false).clear();
    refills.tailMap(step, false).clear();
    for (Map.Entry<GroupId, Group> item : groups.entrySet()) {
      Group group = item.getValue();
      boolean kept = group.state == LedgerEvent.Kind.CONSUMED && group.byStep <= step;
      if (!kept || item.getKey().purpose() == Purpose.EVAL) {
        group.state = LedgerEvent.Kind.DROPPED;
      }
    }
  }
}
