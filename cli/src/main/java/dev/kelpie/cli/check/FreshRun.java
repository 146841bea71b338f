package dev.kelpie.cli.check;

import dev.kelpie.algorithms.score.ScoreLoss;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.learner.reward.FreshPairs;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.runs.SampleFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;

/**
 * Pairs of responses of the last step of a run: the first and the second of a group, the third and
 * the fourth, and so on; those of equal tokens are left out.
 */
record FreshRun(List<Prompt> rows) implements PromptSource {
  private static final String KEY = "reward-model.meta.path";

  FreshRun {
    rows = List.copyOf(rows);
  }

  /**
   * The pairs that {@code reward-model.meta} names; empty if it names none.
   *
   * @throws dev.kelpie.config.ConfigException if it is no run with such responses in tokens of the
   *     policy
   */
  static Optional<FreshPairs> read(
      LoadedExperiment loaded, ScoreLoss loss, Tokenizer tokenizer, int pad) {
    if (!loaded.experiment().rewardModel().meta().used()) {
      return Optional.empty();
    }
    String path = loaded.experiment().rewardModel().meta().path();
    if (loss.outputs() != 1) {
      throw loaded.error(KEY, path, "no value, because the loss has no scores but vectors");
    }
    if (!loaded.experiment().rewardModel().variant().isEmpty()) {
      throw loaded.error(KEY, path, "no value, because of variant: the prompts of a run have none");
    }
    int positions = ModelConfig.open(Path.of(loaded.experiment().policy().path())).maxPositions();
    try {
      SampleFiles files = new SampleFiles(new RunFolder(Path.of(path)).rollouts());
      NavigableSet<Long> steps = files.steps();
      List<Prompt> rows = new ArrayList<>();
      if (!steps.isEmpty()) {
        for (TrajectoryGroup group : files.read(steps.last()).groups()) {
          for (int i = 0; i + 1 < group.members().size(); i += 2) {
            Trajectory one = group.members().get(i).trajectory();
            Trajectory other = group.members().get(i + 1).trajectory();
            requireTokens(loaded, one, tokenizer, positions);
            requireTokens(loaded, other, tokenizer, positions);
            if (!one.response().equals(other.response())) {
              rows.add(row("pair " + (rows.size() + 1), one, other));
            }
          }
        }
      }
      if (rows.isEmpty()) {
        throw loaded.error(
            KEY,
            path,
            "a run whose last step has two different responses to a prompt; group-size at least 2");
      }
      return Optional.of(
          new FreshPairs(new FreshRun(rows), path, sha256(files.file(steps.last())), pad));
    } catch (IOException e) {
      throw loaded.error(KEY, path, "a run folder; " + e.getMessage());
    }
  }

  private static void requireTokens(
      LoadedExperiment loaded, Trajectory sample, Tokenizer tokenizer, int positions) {
    if (!tokenizer.decode(sample.response(), true).equals(sample.text())) {
      throw loaded.error(
          KEY,
          loaded.experiment().rewardModel().meta().path(),
          "a run with the tokenizer of policy.path, by which a response is another text");
    }
    int length = sample.prompt().tokens().length() + sample.response().length();
    if (length > positions) {
      throw loaded.error(
          KEY,
          loaded.experiment().rewardModel().meta().path(),
          "responses within the "
              + positions
              + " positions of policy.path; one has "
              + length
              + " tokens with its prompt");
    }
  }

  private static Prompt row(String id, Trajectory one, Trajectory other) {
    return new Prompt(
        id,
        one.prompt().text(),
        one.prompt().tokens(),
        Optional.empty(),
        Map.of(),
        List.of(given(one), given(other)));
  }

  private static GivenResponse given(Trajectory sample) {
    return new GivenResponse(
        sample.origin(), sample.text(), sample.response(), sample.finishReason());
  }

  private static String sha256(Path file) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      RunPairs.addTo(digest, file);
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  @Override
  public long size() {
    return rows.size();
  }

  @Override
  public Prompt at(long position) {
    return rows.get((int) (position % rows.size()));
  }
}
