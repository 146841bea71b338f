package dev.kelpie.learner.rows;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * The responses of each optimiser step: groups in an order drawn from seed, step and epoch alone,
 * cut into parts of equal size (the first ones larger by one if the number does not divide). Groups
 * stay in one piece, so a cut splits a group only where it must.
 */
public record MinibatchOrder(long seed, int minibatches) {
  /** The minibatches of {@code epoch}, counted from 0; empty ones are left out. */
  public List<List<Integer>> of(StepRows rows, List<Integer> trained, long step, int epoch) {
    List<List<Integer>> order = shuffled(rows, trained, step, epoch);
    List<Integer> flat = order.stream().flatMap(List::stream).toList();
    List<List<Integer>> parts = new ArrayList<>();
    int from = 0;
    for (int part = 0; part < minibatches; part++) {
      int size = flat.size() / minibatches + (part < flat.size() % minibatches ? 1 : 0);
      if (size > 0) {
        parts.add(flat.subList(from, from + size));
      }
      from += size;
    }
    return parts;
  }

  /**
   * The same, each followed by those of {@code beside} that only further terms learn: a response is
   * in the first minibatch that has a row of its group; groups without one are dealt out in turn.
   */
  public List<List<Integer>> of(
      StepRows rows, List<Integer> trained, List<Integer> beside, long step, int epoch) {
    List<List<Integer>> parts = new ArrayList<>();
    Map<Integer, Integer> places = new HashMap<>();
    for (List<Integer> part : of(rows, trained, step, epoch)) {
      part.forEach(index -> places.putIfAbsent(rows.row(index).group(), parts.size()));
      parts.add(new ArrayList<>(part));
    }
    int dealt = 0;
    for (int index : beside) {
      int group = rows.row(index).group();
      if (!places.containsKey(group)) {
        places.put(group, dealt++ % parts.size());
      }
      parts.get(Objects.requireNonNull(places.get(group))).add(index);
    }
    return parts;
  }

  /**
   * The minibatches of {@code epoch} whose groups are never split; each has at least one group, so
   * that there are fewer of them when there are fewer groups.
   *
   * @param indices rows of the groups
   */
  public List<List<Integer>> ofWholeGroups(
      StepRows rows, Collection<Integer> indices, long step, int epoch) {
    List<List<Integer>> order = shuffled(rows, indices, step, epoch);
    int count = Math.min(minibatches, order.size());
    List<List<Integer>> parts = new ArrayList<>();
    int from = 0;
    for (int part = 0; part < count; part++) {
      int size = order.size() / count + (part < order.size() % count ? 1 : 0);
      parts.add(order.subList(from, from + size).stream().flatMap(List::stream).toList());
      from += size;
    }
    return parts;
  }

  private List<List<Integer>> shuffled(
      StepRows rows, Collection<Integer> indices, long step, int epoch) {
    Map<Integer, List<Integer>> groups = new LinkedHashMap<>();
    for (int index : indices) {
      groups.computeIfAbsent(rows.row(index).group(), g -> new ArrayList<>()).add(index);
    }
    List<List<Integer>> order = new ArrayList<>(groups.values());
    SplittableRandom random =
        new SplittableRandom(seed * 0x9E3779B97F4A7C15L + step * 1_000_003L + epoch);
    for (int i = order.size() - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      List<Integer> swapped = order.get(i);
      order.set(i, order.get(j));
      order.set(j, swapped);
    }
    return order;
  }
}
