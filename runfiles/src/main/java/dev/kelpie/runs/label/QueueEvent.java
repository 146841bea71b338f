package dev.kelpie.runs.label;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** A line of {@code queue.jsonl}. */
public sealed interface QueueEvent {
  /**
   * A process of the run began.
   *
   * @param step that of the checkpoint it continues from, or 0; later steps are done anew
   * @param answers people that are to answer each pair
   */
  record Opened(long step, int answers) implements QueueEvent {}

  /**
   * Pairs of a step wait for people from now on.
   *
   * @param pairs in the order of their importance
   */
  record Asked(long step, List<Item> pairs) implements QueueEvent {
    public Asked {
      pairs = List.copyOf(pairs);
    }
  }

  /**
   * What a step takes from the queue. Written before the step is trained; a step that is done anew
   * takes the same.
   *
   * @param room how many of its own pairs people may be asked about
   * @param joined pairs that it is trained on
   * @param expired pairs that have waited too long, and are trained on by no step
   */
  record Decided(long step, int room, List<Joined> joined, List<ItemKey> expired)
      implements QueueEvent {
    public Decided {
      joined = List.copyOf(joined);
      expired = List.copyOf(expired);
    }
  }

  /** The run waits for nobody any longer. */
  record Closed() implements QueueEvent {}

  /**
   * A pair.
   *
   * @param chosen number of the response that the pairing proposed as the better one
   * @param features what the priority of the pair follows from; none where it has none
   */
  record Item(ItemKey key, int chosen, Map<String, Double> features) {
    public Item {
      features = Map.copyOf(features);
      if (!key.isPair() || (chosen != key.first() && chosen != key.second())) {
        throw new IllegalArgumentException(
            "chosen: " + chosen + " (expected: a response of the pair " + key + ")");
      }
    }

    /** Number of the other response. */
    public int rejected() {
      return chosen == key.first() ? key.second() : key.first();
    }
  }

  /**
   * A pair that joins a step.
   *
   * @param probability that the chosen response is better: the mean of the answers, a tie being
   *     1/2; empty where the fallback label holds
   * @param labels ids of the answers
   */
  record Joined(Item pair, OptionalDouble probability, List<String> labels) {
    public Joined {
      labels = List.copyOf(labels);
    }
  }
}
