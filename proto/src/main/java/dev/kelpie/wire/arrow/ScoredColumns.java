package dev.kelpie.wire.arrow;

import dev.kelpie.experience.FailedTrajectory;
import dev.kelpie.experience.Invariant;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.Trajectory;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The columns of a trajectory with its score, reference and advantages. */
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
              List.of(Columns.optionalList("policy_logprobs", Columns.FLOAT32))),
          ScoredColumns::write,
          ScoredColumns::read);

  private ScoredColumns() {}

  /** One response; it has either a score or the reason why it has none. */
  record Row(
      Trajectory trajectory,
      Optional<Score> score,
      Optional<String> failed,
      Optional<PerToken> referenceLogprobs,
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
          Optional.ofNullable(of.referenceLogprobs().get(id)),
          Optional.ofNullable(of.advantages().get(id)),
          Optional.ofNullable(of.policyLogprobs().get(id)));
    }

    static Row of(FailedTrajectory failed) {
      Optional<String> reason = Optional.of(failed.reason());
      return new Row(
          failed.trajectory(),
          Optional.empty(),
          reason,
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
    }
  }

  private static void write(RowWriter out, Row row) {
    TrajectoryColumns.write(out, row.trajectory());
    out.float32("reward", row.score().map(Score::value));
    out.floatMap("reward_parts", row.score().map(Score::parts).orElse(Map.of()));
    out.text("reward_failed", row.failed());
    out.perToken("reference_logprobs", row.referenceLogprobs());
    out.perToken("advantages", row.advantages());
    out.perToken("policy_logprobs", row.policyLogprobs());
  }

  private static Row read(RowReader in) {
    return new Row(
        TrajectoryColumns.read(in),
        in.optionalFloat32("reward").map(value -> new Score(value, in.floatMap("reward_parts"))),
        in.optionalText("reward_failed"),
        in.optionalPerToken("reference_logprobs"),
        in.optionalPerToken("advantages"),
        in.has("policy_logprobs") ? in.optionalPerToken("policy_logprobs") : Optional.empty());
  }
}
