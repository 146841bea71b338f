package dev.kelpie.wire.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.experience.FailedTrajectory;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Provenance;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.wire.file.CorruptFileException;
import dev.kelpie.wire.file.Sha256;
import dev.kelpie.wire.file.WrittenFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrajectoryArrowTest {
  private final Path folder;

  TrajectoryArrowTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void readsBackWhatWasWritten() {
    List<Trajectory> trajectories = trajectories(600); // three record batches
    WrittenFile file = TrajectoryArrow.write(folder.resolve("unit.arrow"), trajectories);
    assertThat(TrajectoryArrow.read(file.path())).isEqualTo(trajectories);
  }

  @Test
  void readsBackResponsesThatWereNotGenerated() {
    List<Trajectory> group = List.of(Samples.trajectory(0, 0, 3), Samples.given(0, 1));
    Path path = TrajectoryArrow.write(folder.resolve("unit.arrow"), group).path();
    assertThat(TrajectoryArrow.read(path)).isEqualTo(group);
    assertThat(TrajectoryArrow.read(path).get(1).generated()).isFalse();
  }

  @Test
  void readsBackTheVariantThatAMemberSampledUnder() {
    Trajectory own = Samples.trajectory(0, 0, 3);
    Origin origin = new Origin("old", Provenance.POLICY, OptionalDouble.empty(), "long");
    List<Trajectory> group = List.of(own, own.as(Samples.id(0, 1), origin));
    Path path = TrajectoryArrow.write(folder.resolve("unit.arrow"), group).path();
    assertThat(TrajectoryArrow.read(path)).isEqualTo(group);
    SampleTable<Trajectory> earlier =
        new SampleTable<>(
            "trajectories",
            1,
            TrajectoryColumns.FIELDS,
            TrajectoryColumns.LATER.subList(0, 2),
            (row, trajectory) -> {
              TrajectoryColumns.writeGenerated(row, trajectory);
              row.text("member", trajectory.origin().member());
              row.float64("given_score", trajectory.origin().score());
            },
            TrajectoryColumns::read);
    Path before = earlier.write(folder.resolve("before.arrow"), group).path();
    assertThat(TrajectoryArrow.read(before).get(1).origin())
        .isEqualTo(new Origin("old", Provenance.POLICY, OptionalDouble.empty()));
  }

  @Test
  void filesWithoutMembersAreOfThePolicy() {
    List<Trajectory> trajectories = trajectories(3);
    SampleTable<Trajectory> earlier =
        new SampleTable<>(
            "trajectories",
            1,
            TrajectoryColumns.FIELDS,
            TrajectoryColumns.LATER.subList(0, 0),
            TrajectoryColumns::writeGenerated,
            TrajectoryColumns::read);
    Path path = earlier.write(folder.resolve("unit.arrow"), trajectories).path();
    assertThat(TrajectoryArrow.read(path)).isEqualTo(trajectories);
  }

  @Test
  void tellsLengthAndHashOfTheFile() throws IOException {
    WrittenFile file = TrajectoryArrow.write(folder.resolve("unit.arrow"), trajectories(5));
    assertThat(file.bytes()).isEqualTo(Files.size(file.path()));
    assertThat(file.sha256()).isEqualTo(Sha256.of(file.path()));
  }

  @Test
  void sameTrajectoriesMakeTheSameBytes() {
    WrittenFile first = TrajectoryArrow.write(folder.resolve("a.arrow"), trajectories(20));
    WrittenFile second = TrajectoryArrow.write(folder.resolve("b.arrow"), trajectories(20));
    assertThat(first.sha256()).isEqualTo(second.sha256());
  }

  @Test
  void readsARangeOfRowsAcrossBatches() {
    List<Trajectory> trajectories = trajectories(600);
    Path path = TrajectoryArrow.write(folder.resolve("unit.arrow"), trajectories).path();
    assertThat(TrajectoryArrow.read(path, 250, 520)).isEqualTo(trajectories.subList(250, 520));
    assertThat(TrajectoryArrow.read(path, 599, 600)).isEqualTo(trajectories.subList(599, 600));
    assertThat(TrajectoryArrow.read(path, 7, 7)).isEmpty();
  }

  @Test
  void refusesARangeBeyondTheRows() {
    Path path = TrajectoryArrow.write(folder.resolve("unit.arrow"), trajectories(5)).path();
    assertThatThrownBy(() -> TrajectoryArrow.read(path, 3, 6))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("2 rows in [3, 6)");
  }

  @Test
  void writesNoTrajectoriesAndResponsesWithoutTokens() {
    Path none = TrajectoryArrow.write(folder.resolve("none.arrow"), List.of()).path();
    assertThat(TrajectoryArrow.read(none)).isEmpty();
    List<Trajectory> empty = List.of(Samples.trajectory(1, 0, 0), Samples.trajectory(1, 1, 0));
    Path path = TrajectoryArrow.write(folder.resolve("empty.arrow"), empty).path();
    assertThat(TrajectoryArrow.read(path)).isEqualTo(empty);
  }

  @Test
  void leavesOnlyTheFileBehind() throws IOException {
    TrajectoryArrow.write(folder.resolve("unit.arrow"), trajectories(5));
    TrajectoryArrow.write(folder.resolve("unit.arrow"), trajectories(6));
    try (var paths = Files.list(folder)) {
      assertThat(paths.map(path -> path.getFileName().toString())).containsExactly("unit.arrow");
    }
  }

  @Test
  void refusesAFileCutAnywhereInOneLine() throws IOException {
    Path path = TrajectoryArrow.write(folder.resolve("unit.arrow"), trajectories(3)).path();
    byte[] bytes = Files.readAllBytes(path);
    Path cut = folder.resolve("cut.arrow");
    for (int length = 0; length < bytes.length; length += 97) {
      Files.write(cut, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> TrajectoryArrow.read(cut))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("cut.arrow")
          .message()
          .doesNotContain("\n");
    }
  }

  @Test
  void damagedBytesNeverEscapeAsAnotherError() throws IOException {
    Path path = TrajectoryArrow.write(folder.resolve("unit.arrow"), trajectories(3)).path();
    byte[] bytes = Files.readAllBytes(path);
    Random random = new Random(7);
    Path damaged = folder.resolve("damaged.arrow");
    for (int i = 0; i < 300; i++) {
      byte[] copy = bytes.clone();
      copy[random.nextInt(copy.length)] ^= (byte) (1 << random.nextInt(8));
      Files.write(damaged, copy);
      try {
        TrajectoryArrow.read(damaged);
      } catch (CorruptFileException e) {
        assertThat(e).hasMessageContaining("damaged.arrow");
      }
    }
  }

  @Test
  void refusesAFileOfAnotherKind() {
    Path path =
        LogprobsArrow.write(
                folder.resolve("x.arrow"),
                Map.of("reference", Map.of(Samples.id(0, 0), PerToken.of(1))))
            .path();
    assertThatThrownBy(() -> TrajectoryArrow.read(path))
        .hasMessageEndingWith("kelpie.file is logprobs (expected: trajectories)");
  }

  @Test
  void readsBackWhatAStepConsumed() {
    Trajectory first = Samples.trajectory(0, 0, 4);
    Trajectory second = Samples.trajectory(0, 1, 2);
    Trajectory third = Samples.trajectory(1, 0, 3);
    TrajectoryGroup mixed =
        new TrajectoryGroup(
            first.id().group(),
            List.of(new ScoredTrajectory(first, new Score(0.5f, Map.of("exact", 1f, "form", 0f)))),
            List.of(new FailedTrajectory(second, "timed out after 10 s")));
    TrajectoryGroup plain =
        new TrajectoryGroup(
            third.id().group(),
            List.of(new ScoredTrajectory(third, new Score(-1f, Map.of()))),
            List.of());
    Map<String, Map<SampleId, PerToken>> numbers =
        Map.of(
            "reference",
            Map.of(first.id(), PerToken.of(-1, -2, -3, -4)),
            "judge",
            Map.of(first.id(), PerToken.of(0.5f), third.id(), PerToken.of(-7, Float.MIN_VALUE)),
            "reference under long",
            Map.of(third.id(), PerToken.of()));
    Map<SampleId, PerToken> advantages =
        Map.of(first.id(), PerToken.constant(0.7f, 4), third.id(), PerToken.constant(-0.7f, 3));
    Path path = folder.resolve("step-3.arrow");
    ScoredGroups scored =
        new ScoredGroups(
            List.of(plain, mixed),
            numbers,
            advantages,
            Map.of(third.id(), PerToken.of(-0.25f, -3, 0)));
    TrajectoryArrow.writeScored(path, scored);
    assertThat(TrajectoryArrow.readScored(path)).isEqualTo(scored);
  }

  private static List<Trajectory> trajectories(int rows) {
    List<Trajectory> trajectories = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      trajectories.add(Samples.trajectory(row / 8, row % 8, row % 13));
    }
    return trajectories;
  }
}
