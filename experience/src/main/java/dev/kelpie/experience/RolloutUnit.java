package dev.kelpie.experience;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A unit of rollout work: a fixed set of prompts decoded in one fixed batch. Row {@code r} of the
 * batch is sample {@code r % samplesPerPrompt} of prompt {@code r / samplesPerPrompt}. Its result
 * depends on nothing but this record and the weights: not on the worker, not on the attempt.
 *
 * @param firstIndex index within the step of the first prompt
 * @param prompts the prompts, in order of their index
 * @param samplesPerPrompt responses to each prompt (K)
 * @param limits limit of new tokens of each row, or empty when {@code sampling.maxNewTokens} is the
 *     limit of all
 * @param version the weights to use
 */
public record RolloutUnit(
    UnitId id,
    int firstIndex,
    List<Prompt> prompts,
    int samplesPerPrompt,
    Sampling sampling,
    TokenIds limits,
    long seed,
    PolicyVersion version) {
  public RolloutUnit {
    prompts = List.copyOf(prompts);
    Invariant.that(!prompts.isEmpty(), "a unit of rollout work needs a prompt");
    Invariant.that(
        samplesPerPrompt > 0, "samples per prompt: %s (expected: >= 1)", samplesPerPrompt);
    int rows = prompts.size() * samplesPerPrompt;
    Invariant.that(
        limits.length() == 0 || limits.length() == rows,
        "limits: %s (expected: none or one for each of %s rows)",
        limits.length(),
        rows);
  }

  /** Number of responses. */
  public int rows() {
    return prompts.size() * samplesPerPrompt;
  }

  /** The prompt of a row. */
  public Prompt prompt(int row) {
    return prompts.get(row / samplesPerPrompt);
  }

  /** The id of a row's sample. */
  public SampleId sampleId(int row) {
    return new SampleId(group(row / samplesPerPrompt), row % samplesPerPrompt, id.attempt());
  }

  /** The ids of its groups, one for each prompt. */
  public List<GroupId> groups() {
    return IntStream.range(0, prompts.size()).mapToObj(this::group).toList();
  }

  private GroupId group(int prompt) {
    return new GroupId(id.purpose(), id.step(), firstIndex + prompt);
  }

  /** The limit of new tokens of a row. */
  public int limit(int row) {
    return limits.length() == 0
        ? sampling.maxNewTokens()
        : Math.min(limits.get(row), sampling.maxNewTokens());
  }
}
