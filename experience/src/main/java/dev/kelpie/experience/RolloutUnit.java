package dev.kelpie.experience;

import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * A unit of rollout work: a fixed set of prompts decoded in one fixed batch. Draw {@code d} of the
 * batch is sample {@code d % samplesPerPrompt} of prompt {@code d / samplesPerPrompt}. The result
 * has a row for each response, group by group: those drawn for a prompt, then those of other
 * members in the order of {@code members}, then those that came with it. It depends on nothing but
 * this record and the weights: not on the worker, not on the attempt.
 *
 * @param firstIndex index within the step of the first prompt
 * @param prompts the prompts, in order of their index
 * @param samplesPerPrompt responses drawn for each prompt (K); 0: all responses come with the
 *     prompts
 * @param limits limit of new tokens of each draw, or empty when {@code sampling.maxNewTokens} is
 *     the limit of all
 * @param version the weights to use
 * @param baseline whether a further response to each prompt is drawn greedily, the last of its
 *     group, for its reward alone
 * @param members further responses to each prompt, sampled by other models
 */
public record RolloutUnit(
    UnitId id,
    int firstIndex,
    List<Prompt> prompts,
    int samplesPerPrompt,
    Sampling sampling,
    TokenIds limits,
    long seed,
    PolicyVersion version,
    boolean baseline,
    List<MemberDraws> members) {
  /** A unit that the policy alone samples. */
  public RolloutUnit(
      UnitId id,
      int firstIndex,
      List<Prompt> prompts,
      int samplesPerPrompt,
      Sampling sampling,
      TokenIds limits,
      long seed,
      PolicyVersion version,
      boolean baseline) {
    this(
        id,
        firstIndex,
        prompts,
        samplesPerPrompt,
        sampling,
        limits,
        seed,
        version,
        baseline,
        List.of());
  }

  /** A unit without greedy responses that the policy alone samples. */
  public RolloutUnit(
      UnitId id,
      int firstIndex,
      List<Prompt> prompts,
      int samplesPerPrompt,
      Sampling sampling,
      TokenIds limits,
      long seed,
      PolicyVersion version) {
    this(id, firstIndex, prompts, samplesPerPrompt, sampling, limits, seed, version, false);
  }

  public RolloutUnit {
    prompts = List.copyOf(prompts);
    members = List.copyOf(members);
    Invariant.that(!prompts.isEmpty(), "a unit of rollout work needs a prompt");
    Invariant.that(
        samplesPerPrompt >= 0, "samples per prompt: %s (expected: >= 0)", samplesPerPrompt);
    for (Prompt prompt : prompts) {
      Invariant.that(
          samplesPerPrompt > 0 || !members.isEmpty() || !prompt.responses().isEmpty(),
          "prompt %s: no response and none to draw (expected: at least one)",
          prompt.id());
    }
    int draws = prompts.size() * samplesPerPrompt;
    Invariant.that(
        limits.length() == 0 || limits.length() == draws,
        "limits: %s (expected: none or one for each of %s draws)",
        limits.length(),
        draws);
  }

  /** Responses to each prompt that other members sample. */
  public int memberDraws() {
    int draws = 0;
    for (MemberDraws member : members) {
      draws += member.count();
    }
    return draws;
  }

  /** Number of responses that the policy draws. */
  public int draws() {
    return prompts.size() * samplesPerPrompt;
  }

  /** Number of responses. */
  public int rows() {
    int rows = 0;
    for (int i = 0; i < prompts.size(); i++) {
      rows += groupSize(i);
    }
    return rows;
  }

  /** Number of responses to the prompt {@code index}. */
  public int groupSize(int index) {
    return samplesPerPrompt
        + memberDraws()
        + prompts.get(index).responses().size()
        + (baseline ? 1 : 0);
  }

  /** The same unit with {@code drawn} as whether greedy responses are drawn, too. */
  public RolloutUnit withBaseline(boolean drawn) {
    return new RolloutUnit(
        id, firstIndex, prompts, samplesPerPrompt, sampling, limits, seed, version, drawn, members);
  }

  /** A unit of the greedy responses alone. */
  public RolloutUnit greedy() {
    return new RolloutUnit(
        id, firstIndex, prompts, 1, sampling.asGreedy(), TokenIds.empty(), seed, version);
  }

  /** The prompt of a row. */
  public Prompt promptOfRow(int row) {
    int left = row;
    int index = 0;
    while (left >= groupSize(index)) {
      left -= groupSize(index++);
    }
    return prompts.get(index);
  }

  /** The score that the data give the response of a row. */
  public OptionalDouble givenScore(int row) {
    int left = row;
    int index = 0;
    while (left >= groupSize(index)) {
      left -= groupSize(index++);
    }
    int given = left - samplesPerPrompt - memberDraws();
    return given < 0 || given >= prompts.get(index).responses().size()
        ? OptionalDouble.empty()
        : prompts.get(index).responses().get(given).origin().score();
  }

  /** The prompt of a draw. */
  public Prompt prompt(int draw) {
    return prompts.get(draw / samplesPerPrompt);
  }

  /** The id of a draw's sample. */
  public SampleId sampleId(int draw) {
    return sampleId(draw / samplesPerPrompt, draw % samplesPerPrompt);
  }

  /** The id of sample {@code sample} of the prompt {@code index}. */
  public SampleId sampleId(int index, int sample) {
    return new SampleId(group(index), sample, id.attempt());
  }

  /** The ids of its groups, one for each prompt. */
  public List<GroupId> groups() {
    return IntStream.range(0, prompts.size()).mapToObj(this::group).toList();
  }

  private GroupId group(int prompt) {
    return new GroupId(id.purpose(), id.step(), firstIndex + prompt);
  }

  /** The limit of new tokens of a draw. */
  public int limit(int draw) {
    return limits.length() == 0
        ? sampling.maxNewTokens()
        : Math.min(limits.get(draw), sampling.maxNewTokens());
  }
}
