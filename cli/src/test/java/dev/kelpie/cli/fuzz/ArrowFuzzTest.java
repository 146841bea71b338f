package dev.kelpie.cli.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.terminal.SafeText;
import dev.kelpie.experience.FailedTrajectory;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.wire.arrow.ArrowListing;
import dev.kelpie.wire.arrow.LogprobsArrow;
import dev.kelpie.wire.arrow.MappedWeights;
import dev.kelpie.wire.arrow.PairsArrow;
import dev.kelpie.wire.arrow.TrajectoryArrow;
import dev.kelpie.wire.arrow.WeightsArrow;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Arrow files of strangers: trajectories, pairs, log-probabilities and weights. */
class ArrowFuzzTest {
  private static final List<String> WORDS =
      List.of(
          "ARROW1",
          "\0\0\0\0",
          "\1\0\0\0",
          "\0\0\0\u007f",
          "kelpie.file",
          "weights",
          "trajectories",
          "logprobs",
          "kelpie.format-version",
          "1",
          "tensors",
          "[]",
          "{}",
          "\0\0\0\0\0\0\0\0");
  private static final float[] NUMBERS = {1.5f, -2, 0.25f, 3, 7, 11};

  @Test
  void trajectoriesAreReadOrRefused(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("x.arrow");
    TrajectoryGroup group = group();
    SampleId id = group.members().get(0).trajectory().id();
    TrajectoryArrow.writeScored(
        file, List.of(group), Map.of(id, PerToken.of(-1, -2)), Map.of(id, PerToken.of(1, 1)));
    byte[] valid = Files.readAllBytes(file);
    new Fuzz(List.of(valid), WORDS)
        .run(
            input -> {
              Files.write(file, input);
              refusing(() -> assertThat(TrajectoryArrow.readScored(file).groups()).isNotNull());
            },
            CorruptFileException.class);
  }

  @Test
  void pairsAreReadOrRefused(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("x.arrow");
    GroupId group = new GroupId(Purpose.ROLLOUT, 7, 4);
    TrainedPair pair =
        new TrainedPair(
            new TrainedPair.Side(group, 1, 1, 0.225, -12.5, 0.75, "hinted"),
            new TrainedPair.Side(group, 2, 0, -0.225, -14, Double.NaN, ""),
            0.9,
            2,
            0.5,
            "win-rate");
    PairsArrow.write(file, List.of(pair, pair));
    List<byte[]> valid =
        List.of(
            Files.readAllBytes(file),
            Files.readAllBytes(
                Path.of("../runfiles/src/test/resources/pairs-without-variants.arrow")));
    new Fuzz(valid, WORDS)
        .run(
            input -> {
              Files.write(file, input);
              refusing(() -> assertThat(PairsArrow.read(file)).doesNotContainNull());
            },
            CorruptFileException.class);
  }

  @Test
  void logprobsAreReadOrRefused(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("x.arrow");
    SampleId id = group().members().get(0).trajectory().id();
    LogprobsArrow.write(file, Map.of("reference", Map.of(id, PerToken.of(-1, -2, -0.5f))));
    byte[] valid = Files.readAllBytes(file);
    new Fuzz(List.of(valid), WORDS)
        .run(
            input -> {
              Files.write(file, input);
              refusing(() -> assertThat(LogprobsArrow.read(file)).isNotNull());
            },
            CorruptFileException.class);
  }

  @Test
  void filesOfAnyKindAreListedOrRefused(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("x.arrow");
    new Fuzz(allKinds(folder), WORDS)
        .run(
            input -> {
              Files.write(file, input);
              refusing(
                  () -> {
                    ArrowListing listing = ArrowListing.of(file, 3);
                    listing.problem().ifPresent(problem -> requireClear(problem));
                  });
            },
            CorruptFileException.class);
  }

  @Test
  void weightsAreThoseThatWereWrittenOrRefused(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("x.arrow");
    WeightsArrow.write(file, weights());
    new Fuzz(List.of(Files.readAllBytes(file)), WORDS)
        .run(
            input -> {
              Files.write(file, input);
              refusing(
                  () -> {
                    try (MappedWeights read = WeightsArrow.open(file)) {
                      read.verify();
                      // Each tensor has its hash beside it: a change of its bytes is found.
                      for (WeightSnapshot.Tensor tensor : read.tensors()) {
                        assertThat(bytes(read, tensor)).isEqualTo(expected(tensor));
                      }
                    }
                  });
            },
            CorruptFileException.class);
  }

  private interface Reading {
    void read() throws Exception;
  }

  private static void refusing(Reading reading) throws Exception {
    try {
      reading.read();
    } catch (CorruptFileException e) {
      throw new CorruptFileException(SafeText.line(String.valueOf(e.getMessage())));
    }
  }

  private static void requireClear(String problem) {
    throw new CorruptFileException(SafeText.line(problem));
  }

  private static List<byte[]> allKinds(Path folder) throws IOException {
    Path file = folder.resolve("valid.arrow");
    Trajectory trajectory = group().members().get(0).trajectory();
    TrajectoryArrow.write(file, List.of(trajectory, trajectory));
    byte[] trajectories = Files.readAllBytes(file);
    WeightsArrow.write(file, weights());
    return List.of(trajectories, Files.readAllBytes(file));
  }

  private static TrajectoryGroup group() {
    GroupId id = new GroupId(Purpose.ROLLOUT, 1, 0);
    Prompt prompt =
        new Prompt("p", "1+1?", TokenIds.of(1, 2, 3), Optional.of("2"), Map.of("level", "easy"));
    return new TrajectoryGroup(
        id,
        List.of(
            new ScoredTrajectory(
                trajectory(id, prompt, 0, "2"), new Score(1, Map.of("answer", 1f)))),
        List.of(new FailedTrajectory(trajectory(id, prompt, 1, "x"), "timed out")));
  }

  private static Trajectory trajectory(GroupId id, Prompt prompt, int sample, String text) {
    return new Trajectory(
        new SampleId(id, sample, 0),
        prompt,
        TokenIds.of(11, 12),
        text,
        PerToken.of(-0.1f, -1.5f),
        PerToken.of(-0.1f, -1.5f),
        TokenVersions.uniform(new PolicyVersion(0), 2),
        FinishReason.STOP,
        Origin.POLICY,
        new Sampling(1, 0, 1, 0, 26, false));
  }

  private static WeightSnapshot weights() {
    return new WeightSnapshot() {
      @Override
      public String model() {
        return "policy";
      }

      @Override
      public PolicyVersion version() {
        return new PolicyVersion(3);
      }

      @Override
      public OptionalLong parent() {
        return OptionalLong.of(2);
      }

      @Override
      public List<Tensor> tensors() {
        return List.of(
            new Tensor("a.weight", "F32", List.of(2L, 2L)),
            new Tensor("b.bias", "F32", List.of(2L)));
      }

      @Override
      public void read(Tensor tensor, int chunkBytes, ChunkSink sink) {
        sink.accept(ByteBuffer.wrap(expected(tensor)).order(ByteOrder.LITTLE_ENDIAN));
      }
    };
  }

  /** The bytes of one of the two tensors; of another name, those of no tensor. */
  private static byte[] expected(WeightSnapshot.Tensor tensor) {
    boolean first = tensor.bytes() == 16;
    ByteBuffer bytes = ByteBuffer.allocate(first ? 16 : 8).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = first ? 0 : 4; i < (first ? 4 : 6); i++) {
      bytes.putFloat(NUMBERS[i]);
    }
    return bytes.array();
  }

  private static byte[] bytes(MappedWeights weights, WeightSnapshot.Tensor tensor) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    weights.read(
        tensor,
        1 << 10,
        chunk -> {
          byte[] part = new byte[chunk.remaining()];
          chunk.get(part);
          all.writeBytes(part);
        });
    return all.toByteArray();
  }
}
