package dev.kelpie.rewards;

import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.Trajectory;
import java.util.Map;
import java.util.Optional;

/** Responses to judge; at most 20 new tokens were allowed. */
public final class Trajectories {
  private Trajectories() {}

  public static Trajectory of(String text, String answer) {
    return of(text, Optional.of(answer), FinishReason.STOP, 5);
  }

  public static Trajectory cutOff(String text, String answer) {
    return of(text, Optional.of(answer), FinishReason.LENGTH, 20);
  }

  public static Trajectory ofLength(int tokens) {
    return of("x", Optional.of("x"), FinishReason.STOP, tokens);
  }

  public static Trajectory withoutAnswer(String text) {
    return of(text, Optional.empty(), FinishReason.STOP, 5);
  }

  private static Trajectory of(
      String text, Optional<String> answer, FinishReason finishReason, int tokens) {
    return new Trajectory(
        new SampleId(new GroupId(Purpose.ROLLOUT, 1, 0), 0, 0),
        new Prompt("row-7", "?", TokenIds.of(1), answer, Map.of()),
        TokenIds.of(new int[tokens]),
        text,
        PerToken.constant(-1, tokens),
        PerToken.constant(-1, tokens),
        TokenVersions.uniform(new PolicyVersion(0), tokens),
        finishReason,
        Origin.POLICY,
        new Sampling(1, 0, 1, 0, 20, false));
  }
}
