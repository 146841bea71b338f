package dev.kelpie.runs.label;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * The pairs of a run that wait for people, as the lines of {@code queue.jsonl} add up to. A pair
 * leaves the queue once: it joins a step, or expires.
 */
public final class PairQueue {
  private final TreeMap<Long, List<QueueEvent.Item>> asked = new TreeMap<>();
  private final TreeMap<Long, QueueEvent.Decided> decisions = new TreeMap<>();
  private final Map<ItemKey, Long> settled = new HashMap<>(); // with the step that took it
  private boolean open;
  private int answers = 1;

  /**
   * What leaves the queue, and how many pairs may enter it.
   *
   * @param waiting most pairs that wait at a time
   * @param answers people that answer a pair
   * @param maxAge steps that a pair waits at most; 0: no limit
   * @param budget most pairs in all; 0: no limit
   * @param fallback whether pairs that nobody has answered join with a label that is not of people
   */
  public record Limits(int waiting, int answers, int maxAge, int budget, boolean fallback) {}

  void apply(QueueEvent event) {
    if (event instanceof QueueEvent.Opened opened) {
      open = true;
      answers = opened.answers();
      asked.tailMap(opened.step(), false).clear();
    } else if (event instanceof QueueEvent.Asked more) {
      asked.put(more.step(), more.pairs());
    } else if (event instanceof QueueEvent.Decided decided) {
      decisions.put(decided.step(), decided);
      decided.joined().forEach(one -> settled.put(one.pair().key(), decided.step()));
      decided.expired().forEach(key -> settled.put(key, decided.step()));
    } else {
      open = false;
    }
  }

  /** Whether the run, live or to be resumed, waits for the pairs. */
  public boolean isOpen() {
    return open;
  }

  /** People that are to answer each pair. */
  public int answers() {
    return answers;
  }

  /** The pairs that wait, those of the earliest step first. */
  public List<QueueEvent.Item> waiting() {
    return asked.values().stream()
        .flatMap(List::stream)
        .filter(item -> !settled.containsKey(item.key()))
        .toList();
  }

  /** How many pairs of the steps before {@code step} still wait after it has taken its own. */
  public long waitingAfter(long step) {
    return asked.headMap(step, false).values().stream()
        .flatMap(List::stream)
        .filter(item -> settled.getOrDefault(item.key(), Long.MAX_VALUE) > step)
        .count();
  }

  /** Number of the pairs that people were asked about so far. */
  public long requests() {
    return asked.values().stream().mapToLong(List::size).sum();
  }

  /** What steps have taken, by step. */
  public List<QueueEvent.Decided> decisions() {
    return List.copyOf(decisions.values());
  }

  /** What a step has taken before a kill, if it has. */
  public Optional<QueueEvent.Decided> decided(long step) {
    return Optional.ofNullable(decisions.get(step));
  }

  /** What {@code step} takes, by the answers in {@code book}. */
  public QueueEvent.Decided decide(long step, Limits limits, LabelBook book) {
    List<QueueEvent.Joined> joined = new ArrayList<>();
    List<ItemKey> expired = new ArrayList<>();
    List<QueueEvent.Item> waiting = waiting();
    for (QueueEvent.Item item : waiting) {
      List<Label> given =
          book.about(item.key()).values().stream().filter(label -> !label.skipped()).toList();
      if (given.size() >= limits.answers()) {
        joined.add(
            new QueueEvent.Joined(
                item,
                OptionalDouble.of(preference(item, given)),
                given.stream().map(Label::id).toList()));
      } else if (limits.maxAge() > 0 && step - item.key().step() >= limits.maxAge()) {
        if (limits.fallback()) {
          joined.add(new QueueEvent.Joined(item, OptionalDouble.empty(), List.of()));
        } else {
          expired.add(item.key());
        }
      }
    }
    long room = (long) limits.waiting() - (waiting.size() - joined.size() - expired.size());
    if (limits.budget() > 0) {
      room = Math.min(room, limits.budget() - requests());
    }
    return new QueueEvent.Decided(step, (int) Math.max(0, room), joined, expired);
  }

  /** Share of the answers that prefer the chosen response, a tie counting half. */
  private static double preference(QueueEvent.Item item, List<Label> given) {
    double first =
        given.stream().mapToDouble(label -> label.preference().orElseThrow()).sum() / given.size();
    return item.chosen() == item.key().first() ? first : 1 - first;
  }
}
