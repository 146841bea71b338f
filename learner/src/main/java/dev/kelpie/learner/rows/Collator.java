package dev.kelpie.learner.rows;

import dev.kelpie.config.LearnerOptions;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.Forward;
import dev.kelpie.model.SequenceBatch;
import dev.kelpie.model.architecture.ModelConfig;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Cuts responses into microbatches. A response is never split, and neither is a group whose
 * responses a loss compares; the responses to one prompt stay together where they fit, so that
 * their prompt is computed once; responses of similar length share a microbatch. Order and cuts
 * change the result by rounding only.
 *
 * @param tokenBudget most tokens of a microbatch, prompts and padding included; a response that is
 *     larger alone makes one by itself
 * @param lanes how many microbatches go through the model at the same time
 */
public record Collator(int tokenBudget, int lanes) {
  private static final long TAPE_BYTES = 512L << 20;
  private static final long SMALL_TAPE_BYTES =
      32L << 20; // what an operation touches stays in caches

  private static final int EVENNESS = 32; // microbatches of a round differ by about a 32nd

  /**
   * A collator with the budget of {@code options}; if that is 0, as many tokens as {@link
   * CausalLm#forward} keeps 512 MiB for, or 32 MiB with a model of at most 8 M parameters.
   */
  public static Collator of(LearnerOptions options, ModelConfig model) {
    int lanes = ModelPasses.laneCount(model, options.threads());
    if (options.tokenBudget() > 0) {
      return new Collator(options.tokenBudget(), lanes);
    }
    long bytes = model.fitsCaches() ? SMALL_TAPE_BYTES : TAPE_BYTES;
    long tokens = bytes / Forward.tapeBytesPerToken(model);
    return new Collator((int) Math.max(1, Math.min(Integer.MAX_VALUE, tokens)), lanes);
  }

  /** The same for microbatches that need not come in multiples of the lanes. */
  public Collator withOneLane() {
    return new Collator(tokenBudget, 1);
  }

  /**
   * A response to be placed.
   *
   * @param row its index within the step
   * @param group responses with the same number answer the same prompt, whose variants may differ
   * @param unit responses with the same number share a microbatch; most often the group
   * @param unsplit whether they must, because a loss compares them
   */
  public record Item(
      int row, int group, TokenIds prompt, TokenIds response, int unit, boolean unsplit) {
    public Item(int row, int group, TokenIds prompt, TokenIds response) {
      this(row, group, prompt, response, group, false);
    }

    /** The same, whose unit is not split. */
    Item whole() {
      return new Item(row, group, prompt, response, unit, true);
    }

    /** The same in one unit with all others. */
    Item withAll() {
      return new Item(row, group, prompt, response, 0, true);
    }
  }

  /** A prompt that is computed once: that of a group, in one of its variants. */
  private record Shown(int group, TokenIds prompt) {
    static Shown of(Item item) {
      return new Shown(item.group, item.prompt);
    }
  }

  /**
   * Microbatches of all {@code items} that have a token: as few as the budget allows, but of one
   * size where several lanes share them, and then one for each lane or a multiple of it.
   */
  public List<Microbatch> microbatches(List<Item> items) {
    List<Microbatch> batches = microbatches(items, tokenBudget);
    int wanted = (batches.size() + lanes - 1) / lanes * lanes;
    if (lanes == 1 || batches.isEmpty()) {
      return batches;
    }
    long tokens = batches.stream().mapToLong(Collator::tokens).sum();
    long budget = (tokens + wanted - 1) / wanted;
    List<Microbatch> even = microbatches(items, budget);
    while (even.size() > wanted) {
      budget += Math.max(1, budget / EVENNESS);
      even = microbatches(items, Math.min(budget, tokenBudget));
    }
    return even;
  }

  private static long tokens(Microbatch batch) {
    SequenceBatch sequences = batch.sequences();
    int widest = sequences.prompts().stream().mapToInt(TokenIds::length).max().orElse(0);
    return (long) sequences.prompts().size() * widest
        + (long) sequences.rows().size() * sequences.width();
  }

  private static List<Microbatch> microbatches(List<Item> items, long budget) {
    Map<Integer, List<Item>> groups = new LinkedHashMap<>();
    for (Item item : items) {
      if (item.response.length() > 0) {
        groups.computeIfAbsent(item.unit, g -> new ArrayList<>()).add(item);
      }
    }
    List<List<Item>> ordered = new ArrayList<>(groups.values());
    ordered.forEach(group -> group.sort(Comparator.comparingInt(item -> item.response.length())));
    ordered.sort(Comparator.comparingInt(group -> last(group).response.length()));
    List<Microbatch> batches = new ArrayList<>();
    List<Item> open = new ArrayList<>();
    for (List<Item> group : ordered) {
      if (fits(open, group, budget)) {
        open.addAll(group);
        continue;
      }
      if (group.get(0).unsplit) {
        if (!open.isEmpty()) {
          batches.add(batch(open));
        }
        open = new ArrayList<>(group);
        continue;
      }
      for (Item item : group) {
        if (!open.isEmpty() && !fits(open, List.of(item), budget)) {
          batches.add(batch(open));
          open.clear();
        }
        open.add(item);
      }
    }
    if (!open.isEmpty()) {
      batches.add(batch(open));
    }
    return batches;
  }

  private static boolean fits(List<Item> open, List<Item> more, long budget) {
    Map<Shown, Integer> prompts = new HashMap<>();
    int longest = 0;
    for (List<Item> part : List.of(open, more)) {
      for (Item item : part) {
        prompts.put(Shown.of(item), item.prompt.length());
        longest = Math.max(longest, item.response.length());
      }
    }
    int widest = prompts.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    long tokens = (long) prompts.size() * widest + (long) (open.size() + more.size()) * longest;
    return tokens <= budget;
  }

  private static Microbatch batch(List<Item> items) {
    Map<Shown, Integer> promptOf = new HashMap<>();
    List<TokenIds> prompts = new ArrayList<>();
    List<SequenceBatch.Row> rows = new ArrayList<>();
    for (Item item : items) {
      int prompt =
          promptOf.computeIfAbsent(
              Shown.of(item),
              shown -> {
                prompts.add(item.prompt);
                return prompts.size() - 1;
              });
      rows.add(new SequenceBatch.Row(prompt, item.response));
    }
    return new Microbatch(items.stream().map(Item::row).toList(), new SequenceBatch(prompts, rows));
  }

  private static Item last(List<Item> group) {
    return group.get(group.size() - 1);
  }
}
