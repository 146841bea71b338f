package dev.kelpie.rollout;

import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.MemberDraws;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.model.SampledTokens;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.Tokenizer;
import java.util.Arrays;
import java.util.Locale;

/** A response during generation. */
final class RowRecord {
  private final int row;
  private final int limit;
  private int[] ids = new int[64];
  private float[] logprobs = new float[64];
  private float[] sampledLogprobs = new float[64];
  private int length;
  private boolean stopped;

  RowRecord(int row, int limit) {
    this.row = row;
    this.limit = limit;
  }

  /** Its number within the unit. */
  int row() {
    return row;
  }

  int length() {
    return length;
  }

  /** Number of tokens it may still get. */
  int left() {
    return limit - length;
  }

  boolean ended() {
    return stopped || length >= limit;
  }

  /** Takes column {@code column} of the tokens drawn, up to this response's end. */
  void take(SampledTokens drawn, int column, StopTokens stops) {
    for (int step = 0; step < drawn.steps() && !ended(); step++) {
      float logprob = drawn.logprob(step, column);
      if (!Float.isFinite(logprob)) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "log-probability of token %d of row %d: %s (expected: finite; are the weights?)",
                length,
                row,
                logprob));
      }
      if (length == ids.length) {
        ids = Arrays.copyOf(ids, 2 * length);
        logprobs = Arrays.copyOf(logprobs, 2 * length);
        sampledLogprobs = Arrays.copyOf(sampledLogprobs, 2 * length);
      }
      ids[length] = drawn.id(step, column);
      logprobs[length] = logprob;
      sampledLogprobs[length] = drawn.sampledLogprob(step, column);
      stopped = stops.contains(ids[length]);
      length++;
    }
  }

  /** The tokens drawn so far. */
  TokenIds response() {
    return TokenIds.of(Arrays.copyOf(ids, length));
  }

  /** The tokens drawn from position {@code from} on. */
  TokenIds since(int from) {
    return TokenIds.of(Arrays.copyOfRange(ids, from, length));
  }

  /** Their log-probabilities before the filters. */
  PerToken logprobs() {
    return PerToken.of(Arrays.copyOf(logprobs, length));
  }

  /** The finished response of another member as a record. */
  Trajectory trajectory(
      RolloutUnit unit,
      MemberDraws member,
      int firstSample,
      TokenVersions versions,
      Tokenizer tokenizer) {
    TokenIds response = response();
    int prompt = row / member.count();
    return new Trajectory(
        unit.sampleId(prompt, firstSample + row % member.count()),
        unit.prompts().get(prompt),
        response,
        tokenizer.decode(response, true),
        logprobs(),
        PerToken.of(Arrays.copyOf(sampledLogprobs, length)),
        versions,
        stopped ? FinishReason.STOP : FinishReason.LENGTH,
        member.origin(),
        member.sampling());
  }

  /** The finished response as a record. */
  Trajectory trajectory(RolloutUnit unit, PolicyVersion version, Tokenizer tokenizer) {
    TokenIds response = response();
    return new Trajectory(
        unit.sampleId(row),
        unit.prompt(row),
        response,
        tokenizer.decode(response, true),
        logprobs(),
        PerToken.of(Arrays.copyOf(sampledLogprobs, length)),
        TokenVersions.uniform(version, length),
        stopped ? FinishReason.STOP : FinishReason.LENGTH,
        Origin.POLICY,
        unit.sampling());
  }
}
