package dev.kelpie.cli.check;

import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.files.InputFile;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.runs.PairFiles;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.wire.arrow.ScoredGroups;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The pairs that the steps of a run were trained on, as rows of pairs: those of all steps, in their
 * order. A pair whose label says that the rejected response is the better one is turned round; one
 * whose label does not know is left out. Both sides are responses to the prompt itself, also where
 * a side was trained under a variant of it.
 *
 * @param undecided how many pairs were left out
 * @param sha256 of the files of pairs, one behind the other
 */
record RunPairs(List<Prompt> rows, int undecided, String sha256) implements PromptSource {
  private static final String KEY = "data.path: ";
  private static final double UNDECIDED = 0.5;
  private static final int CHUNK_BYTES = 1 << 16;

  RunPairs {
    rows = List.copyOf(rows);
  }

  /**
   * Reads the pairs of the run in {@code root}.
   *
   * @param tokenizer of the reward model, which must read the run's tokens as the run did
   * @throws ConfigException if there are no pairs, or their tokens are another tokenizer's
   */
  static RunPairs read(Path root, Tokenizer tokenizer) {
    RunFolder folder = new RunFolder(root);
    PairFiles files = new PairFiles(folder.rollouts());
    SampleFiles samples = new SampleFiles(folder.rollouts());
    List<Prompt> rows = new ArrayList<>();
    int undecided = 0;
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (long step : files.steps()) {
        List<TrainedPair> pairs = files.read(step);
        addTo(digest, folder.rollouts().resolve("step-" + step + "-pairs.arrow"));
        for (int i = 0; i < pairs.size(); i++) {
          TrainedPair pair = pairs.get(i);
          if (pair.probability() == UNDECIDED) {
            undecided++;
          } else {
            String id = "step " + step + " pair " + (i + 1);
            rows.add(row(id, pair, samples.read(step), tokenizer));
          }
        }
      }
      if (rows.isEmpty()) {
        throw new ConfigException(
            KEY
                + root
                + " has no pairs (expected: a run with a loss over pairs that has finished a"
                + " step)");
      }
      return new RunPairs(rows, undecided, HexFormat.of().formatHex(digest.digest()));
    } catch (IOException e) {
      throw new ConfigException(KEY + root + ": " + e.getMessage() + " (expected: a run folder)");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  private static Prompt row(
      String id, TrainedPair pair, ScoredGroups samples, Tokenizer tokenizer) {
    boolean turned = pair.probability() < UNDECIDED;
    TrainedPair.Side better = turned ? pair.rejected() : pair.chosen();
    TrainedPair.Side worse = turned ? pair.chosen() : pair.rejected();
    Trajectory chosen = sample(id, better, samples, tokenizer);
    Trajectory rejected = sample(id, worse, samples, tokenizer);
    Prompt prompt = chosen.prompt();
    return new Prompt(
        id,
        prompt.text(),
        prompt.tokens(),
        Optional.empty(),
        Map.of(
            "probability",
            Double.toString(turned ? 1 - pair.probability() : pair.probability()),
            "margin",
            Double.toString(pair.margin()),
            "gap",
            Double.toString(better.score() - worse.score())),
        List.of(given(chosen), given(rejected)));
  }

  private static GivenResponse given(Trajectory sample) {
    return new GivenResponse(
        sample.origin(), sample.text(), sample.response(), sample.finishReason());
  }

  private static Trajectory sample(
      String id, TrainedPair.Side side, ScoredGroups samples, Tokenizer tokenizer) {
    Trajectory sample =
        samples
            .sample(side.group(), side.sample())
            .orElseThrow(
                () ->
                    new ConfigException(
                        KEY + id + ": the step's samples do not have both responses"));
    String read = tokenizer.decode(sample.response(), true);
    if (!read.equals(sample.text())) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "%s%s: the tokens of a response are another text for the tokenizer of policy.path"
                  + " (expected: a policy with the run's tokenizer)",
              KEY,
              id));
    }
    return sample;
  }

  /** Adds the bytes of a file to a hash. */
  static void addTo(MessageDigest digest, Path file) throws IOException {
    byte[] chunk = new byte[CHUNK_BYTES];
    try (InputStream in = InputFile.open(file)) {
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        digest.update(chunk, 0, read);
      }
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
