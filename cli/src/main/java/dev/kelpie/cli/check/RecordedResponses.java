package dev.kelpie.cli.check;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.named.MemberOptions;
import dev.kelpie.experience.Failure;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.rollout.DataFile;
import dev.kelpie.rollout.ResponseSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The policy's own samples of a recorded step, {@code rollouts/step-N.arrow} of any run, or of all
 * steps of a folder {@code rollouts}, by the id of their prompt and in order of their step. A
 * sample keeps its reward as its score where the member's {@code score} is {@code reward}.
 */
final class RecordedResponses implements ResponseSource {
  private static final String REWARD = "reward";

  private final Map<String, List<Written>> byPrompt = new HashMap<>();
  private Optional<DataFile> data = Optional.empty();

  private RecordedResponses() {}

  /**
   * Reads the file of the member {@code name}.
   *
   * @throws ConfigException if it is missing, torn or of another kind
   */
  static RecordedResponses open(String name, MemberOptions member) {
    if (!member.score().isEmpty() && !member.score().equals(REWARD)) {
      throw new ConfigException(
          "members."
              + name
              + ".score: "
              + member.score()
              + " (expected: reward, or empty, because path is a recorded step)");
    }
    Path path = Path.of(member.path());
    RecordedResponses responses = new RecordedResponses();
    boolean scored = member.score().equals(REWARD);
    try {
      responses.data =
          Optional.of(
              RecordedSamples.read(path, (sample, place) -> responses.add(sample, place, scored)));
    } catch (IOException | RuntimeException e) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "members.%s.path: %s (expected: a recorded rollouts/step-N.arrow, a folder of them,"
                  + " or a JSONL file)",
              name,
              Failure.line(e)));
    }
    return responses;
  }

  private void add(ScoredTrajectory sample, String place, boolean scored) {
    Trajectory trajectory = sample.trajectory();
    byPrompt
        .computeIfAbsent(trajectory.prompt().id(), id -> new ArrayList<>())
        .add(
            new Written(
                trajectory.text(),
                Optional.of(trajectory.response()),
                trajectory.finishReason() == FinishReason.STOP,
                scored ? OptionalDouble.of(sample.reward()) : OptionalDouble.empty(),
                place + ", " + trajectory.id()));
  }

  @Override
  public Optional<DataFile> data() {
    return data;
  }

  @Override
  public List<Written> of(String id) {
    return byPrompt.getOrDefault(id, List.of());
  }
}
