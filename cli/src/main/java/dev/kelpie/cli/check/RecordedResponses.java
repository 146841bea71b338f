package dev.kelpie.cli.check;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.named.MemberOptions;
import dev.kelpie.experience.Failure;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.files.InputFile;
import dev.kelpie.rollout.DataFile;
import dev.kelpie.rollout.ReadFile;
import dev.kelpie.rollout.ResponseSource;
import dev.kelpie.rollout.rows.FileStamp;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.wire.arrow.ScoredGroups;
import dev.kelpie.wire.arrow.TrajectoryArrow;
import dev.kelpie.wire.file.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
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
  private final Path path;
  private final MessageDigest digest = Sha256.digest();
  private long bytes;
  private int samples;
  private Optional<DataFile> data = Optional.empty();

  private RecordedResponses(Path path) {
    this.path = path;
  }

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
    RecordedResponses responses = new RecordedResponses(path);
    boolean scored = member.score().equals(REWARD);
    try {
      if (Files.isDirectory(path)) {
        SampleFiles run = new SampleFiles(path);
        for (long step : run.steps()) {
          responses.add(run.read(step), path + ", step " + step, scored);
          responses.hash(run.file(step));
        }
      } else {
        InputFile.requireRegular(path);
        responses.add(TrajectoryArrow.readScored(path), path.toString(), scored);
        responses.hash(path);
      }
      responses.finish();
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

  private void hash(Path file) throws IOException {
    bytes += Files.size(file);
    digest.update((file.getFileName() + " " + Sha256.of(file) + "\n").getBytes(UTF_8));
  }

  private void finish() throws IOException {
    FileStamp stamp = FileStamp.of(path);
    // Whether anything within a folder has changed shows in no age of its own.
    FileStamp all = new FileStamp(bytes, stamp.modified(), "", stamp.file());
    data = Optional.of(new ReadFile(path, all, Sha256.hex(digest), samples, List.of()));
  }

  private void add(ScoredGroups step, String place, boolean scored) {
    step.groups().forEach(group -> add(group, place, scored));
  }

  private void add(TrajectoryGroup group, String place, boolean scored) {
    for (ScoredTrajectory sample : group.members()) {
      Trajectory trajectory = sample.trajectory();
      if (trajectory.origin().member().equals(Origin.POLICY_MEMBER)) {
        samples++;
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
    }
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
