package dev.kelpie.wire.arrow;

import dev.kelpie.experience.FailedTrajectory;
import dev.kelpie.experience.Invariant;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.Trajectory;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The columns of a trajectory with its score, numbers by name and advantages. */
final class ScoredColumns {
  static final SampleTable<Row> TABLE =
      new SampleTable<>(
          "scored-trajectories",
          1,
          Columns.join(
              TrajectoryColumns.FIELDS,
              List.of(
                  Columns.optional("reward", Columns.FLOAT32),
                  Columns.map("reward_parts", Columns.FLOAT32),
                  Columns.optional("reward_failed", Columns.TEXT),
                  Columns.optionalList("reference_logprobs", Columns.FLOAT32),
                  Columns.optionalList("advantages", Columns.FLOAT32))),
          Columns.join(
              TrajectoryColumns.LATER,
              List.of(
                  Columns.optionalList("policy_logprobs", Columns.FLOAT32),
                  Columns.listMap("numbers", Columns.FLOAT32))),
          ScoredColumns::write,
          ScoredColumns::read);

  private ScoredColumns() {}

  /**
   * One response; it has either a score or the reason why it has none. The reference is a column of
   * its own among the numbers by name.
   */
  record Row(
      Trajectory trajectory,
      Optional<Score> score,
      Optional<String> failed,
      Map<String, PerToken> numbers,
      Optional<PerToken> advantages,
      Optional<PerToken> policyLogprobs) {
    Row {
      Invariant.that(
          score.isPresent() != failed.isPresent(),
          "%s (expected: either a reward or the reason why there is none)",
          trajectory.id());
    }

    static Row of(ScoredTrajectory member, ScoredGroups of) {
      SampleId id = member.trajectory().id();
      return new Row(
          member.trajectory(),
          Optional.of(member.score()),
          Optional.empty(),
          of.numbers(id),
          Optional.ofNullable(of.advantages().get(id)),
          Optional.ofNullable(of.policyLogprobs().get(id)));
    }

    static Row of(FailedTrajectory failed) {
      Optional<String> reason = Optional.of(failed.reason());
      return new Row(
          failed.trajectory(),
          Optional.empty(),
          reason,
          Map.of(),
          Optional.empty(),
          Optional.empty());
    }
  }

  private static void write(RowWriter out, Row row) {
    TrajectoryColumns.write(out, row.trajectory());
    out.float32("reward", row.score().map(Score::value));
    out.floatMap("reward_parts", row.score().map(Score::parts).orElse(Map.of()));
    out.text("reward_failed", row.failed());
    Map<String, PerToken> others = new TreeMap<>(row.numbers());
    Optional<PerToken> reference = Optional.ofNullable(others.remove(TrainingBatch.REFERENCE));
    out.perToken("reference_logprobs", reference);
    out.perToken("advantages", row.advantages());
    out.perToken("policy_logprobs", row.policyLogprobs());
    out.perTokenMap("numbers", others);
  }

  private static Row read(RowReader in) {
    return new Row(
        TrajectoryColumns.read(in),
        in.optionalFloat32("reward").map(value -> new Score(value, in.floatMap("reward_parts"))),
        in.optionalText("reward_failed"),
        readNumbers(in),
        in.optionalPerToken("advantages"),
        in.has("policy_logprobs") ? in.optionalPerToken("policy_logprobs") : Optional.empty());
  }

  private static Map<String, PerToken> readNumbers(RowReader in) {
    Map<String, PerToken> numbers =
        new TreeMap<>(in.has("numbers") ? in.perTokenMap("numbers") : Map.of());
    in.optionalPerToken("reference_logprobs")
        .ifPresent(reference -> numbers.put(TrainingBatch.REFERENCE, reference));
    return numbers;
  }
}
