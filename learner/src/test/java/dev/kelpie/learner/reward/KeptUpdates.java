package dev.kelpie.learner.reward;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Keeps the numbers of all updates, and stops before the one after {@code last}. */
public class KeptUpdates implements RewardModelListener {
  private final List<Map<String, Double>> numbers = new ArrayList<>();
  private final int last;

  /** Stops after {@code last} updates; -1: never. */
  public KeptUpdates(int last) {
    this.last = last;
  }

  @Override
  public void report(int member, int step, int steps, Map<String, Double> own) {
    numbers.add(own);
  }

  @Override
  public boolean stops() {
    return numbers.size() == last;
  }

  /** Of each update in its order. */
  public List<Map<String, Double>> numbers() {
    return numbers;
  }

  /** The number {@code reward_model/NAME} of an update, counted from 1. */
  public double number(int step, String name) {
    return numbers.get(step - 1).getOrDefault("reward_model/" + name, Double.NaN);
  }
}
