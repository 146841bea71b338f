package dev.kelpie.actors;

import dev.kelpie.actors.plan.ReferenceState;
import dev.kelpie.actors.plan.ScoredUnit;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.UnitId;
import dev.kelpie.experience.scoring.ScorerState;
import dev.kelpie.runs.ReplayedGroup;
import dev.kelpie.wire.ControlCodec;
import dev.kelpie.wire.control.OutcomePb;
import dev.kelpie.wire.control.ReferenceStatePb;
import dev.kelpie.wire.control.ReplayedGroupPb;
import dev.kelpie.wire.control.ScoreRowsPb;
import dev.kelpie.wire.control.ScoredUnitPb;
import dev.kelpie.wire.control.ScorerStatePb;
import dev.kelpie.wire.control.UnitIdPb;
import dev.kelpie.wire.control.WorkerPb;
import dev.kelpie.wire.file.FileTicket;
import java.util.Optional;

/** Converts this module's records to Protobuf and back. */
final class ActorCodec {
  private ActorCodec() {}

  static UnitIdPb write(UnitId unit) {
    return UnitIdPb.newBuilder()
        .setPurpose(ControlCodec.write(unit.purpose()))
        .setStep(unit.step())
        .setUnit(unit.unit())
        .setAttempt(unit.attempt())
        .build();
  }

  static UnitId read(UnitIdPb unit) {
    return new UnitId(
        ControlCodec.read(unit.getPurpose()), unit.getStep(), unit.getUnit(), unit.getAttempt());
  }

  static ReplayedGroupPb write(ReplayedGroup replayed) {
    return ReplayedGroupPb.newBuilder()
        .setPurpose(ControlCodec.write(replayed.group().purpose()))
        .setStep(replayed.group().step())
        .setIndex(replayed.group().index())
        .setSamples(replayed.samples())
        .setAttempt(replayed.attempt())
        .build();
  }

  static ReplayedGroup read(ReplayedGroupPb replayed) {
    return new ReplayedGroup(
        new GroupId(
            ControlCodec.read(replayed.getPurpose()), replayed.getStep(), replayed.getIndex()),
        replayed.getSamples(),
        replayed.getAttempt());
  }

  static ScorerStatePb write(ScorerState state) {
    return ScorerStatePb.newBuilder().setVersion(state.version()).setSha256(state.sha256()).build();
  }

  static ScorerState read(ScorerStatePb state) {
    return new ScorerState(state.getVersion(), state.getSha256());
  }

  static WorkerPb write(WorkerPool.Worker worker) {
    return WorkerPb.newBuilder()
        .setName(worker.name())
        .setNode(worker.node())
        .setIncarnation(worker.incarnation())
        .setThreads(worker.threads())
        .setCores(worker.cores())
        .build();
  }

  static WorkerPool.Worker read(WorkerPb worker) {
    return new WorkerPool.Worker(
        worker.getName(),
        worker.getNode(),
        worker.getIncarnation(),
        worker.getThreads(),
        worker.getCores());
  }

  static ReferenceStatePb write(ReferenceState state) {
    return ReferenceStatePb.newBuilder()
        .setVersion(state.version())
        .setWeightsSha256(state.weightsSha256())
        .build();
  }

  static ReferenceState read(ReferenceStatePb state) {
    return new ReferenceState(state.getVersion(), state.getWeightsSha256());
  }

  static OutcomePb write(RewardOutcome outcome) {
    return outcome instanceof RewardOutcome.Scored scored
        ? OutcomePb.newBuilder().setScore(ControlCodec.write(scored.score())).build()
        : OutcomePb.newBuilder().setFailed(((RewardOutcome.Failed) outcome).reason()).build();
  }

  static RewardOutcome read(OutcomePb outcome) {
    return switch (outcome.getOutcomeCase()) {
      case SCORE -> new RewardOutcome.Scored(ControlCodec.read(outcome.getScore()));
      case FAILED -> new RewardOutcome.Failed(outcome.getFailed());
      case OUTCOME_NOT_SET ->
          throw new IllegalArgumentException("outcome: none (expected: a score or a failure)");
    };
  }

  static ScoredUnitPb write(ScoredUnit unit) {
    ScoredUnitPb.Builder builder =
        ScoredUnitPb.newBuilder()
            .setUnit(write(unit.unit()))
            .setFile(ControlCodec.write(unit.file()))
            .addAllOutcomes(unit.outcomes().stream().map(ActorCodec::write).toList());
    unit.numbers().ifPresent(file -> builder.setNumbers(ControlCodec.write(file)));
    return builder.build();
  }

  static ScoredUnit read(ScoredUnitPb unit) {
    return new ScoredUnit(
        read(unit.getUnit()),
        ControlCodec.read(unit.getFile()),
        unit.getOutcomesList().stream().map(ActorCodec::read).toList(),
        unit.hasNumbers() ? Optional.of(ControlCodec.read(unit.getNumbers())) : Optional.empty());
  }

  /** The part of the form of rows to score that names their numbers. */
  static ScoreRowsPb numbers(Optional<FileTicket> numbers) {
    ScoreRowsPb.Builder form = ScoreRowsPb.newBuilder();
    numbers.ifPresent(file -> form.setNumbers(ControlCodec.write(file)));
    return form.build();
  }
}
