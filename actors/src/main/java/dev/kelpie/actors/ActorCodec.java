package dev.kelpie.actors;

import dev.kelpie.actors.plan.ReferenceState;
import dev.kelpie.actors.plan.ScoredUnit;
import dev.kelpie.actors.plan.WorkerPool;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.UnitId;
import dev.kelpie.wire.ControlCodec;
import dev.kelpie.wire.control.GeneratedPb;
import dev.kelpie.wire.control.OutcomePb;
import dev.kelpie.wire.control.ReferenceStatePb;
import dev.kelpie.wire.control.RestoreReferencePb;
import dev.kelpie.wire.control.RewardFailedPb;
import dev.kelpie.wire.control.RowsScoredPb;
import dev.kelpie.wire.control.ScoreUnitPb;
import dev.kelpie.wire.control.ScoredUnitPb;
import dev.kelpie.wire.control.TrainPb;
import dev.kelpie.wire.control.TrainedPb;
import dev.kelpie.wire.control.UnitIdPb;
import dev.kelpie.wire.control.WorkerPb;
import java.util.Optional;

/** Converts this module's records and larger messages to Protobuf and back. */
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
        .setPolicySha256(state.policySha256())
        .build();
  }

  static ReferenceState read(ReferenceStatePb state) {
    return new ReferenceState(state.getVersion(), state.getPolicySha256());
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

  static GeneratedPb write(SampleMessage.Generated message) {
    return GeneratedPb.newBuilder()
        .setWorker(message.worker())
        .setUnit(write(message.unit()))
        .setFile(ControlCodec.write(message.file()))
        .setTokens(message.tokens())
        .setLoadSeconds(message.loadSeconds())
        .setGenerateSeconds(message.generateSeconds())
        .setWriteSeconds(message.writeSeconds())
        .build();
  }

  static SampleMessage.Generated read(GeneratedPb message) {
    return new SampleMessage.Generated(
        message.getWorker(),
        read(message.getUnit()),
        ControlCodec.read(message.getFile()),
        message.getTokens(),
        message.getLoadSeconds(),
        message.getGenerateSeconds(),
        message.getWriteSeconds());
  }

  static RowsScoredPb write(SampleMessage.RowsScored message) {
    return RowsScoredPb.newBuilder()
        .setWorker(message.worker())
        .setUnit(write(message.unit()))
        .setFromRow(message.fromRow())
        .addAllOutcomes(message.outcomes().stream().map(ActorCodec::write).toList())
        .setSeconds(message.seconds())
        .build();
  }

  static SampleMessage.RowsScored read(RowsScoredPb message) {
    return new SampleMessage.RowsScored(
        message.getWorker(),
        read(message.getUnit()),
        message.getFromRow(),
        message.getOutcomesList().stream().map(ActorCodec::read).toList(),
        message.getSeconds());
  }

  static ScoreUnitPb write(ScoringWorker.ScoreUnit message) {
    return ScoreUnitPb.newBuilder()
        .setUnit(write(message.unit()))
        .setFile(ControlCodec.write(message.file()))
        .setVersion(message.version())
        .build();
  }

  static ScoringWorker.ScoreUnit read(ScoreUnitPb message) {
    return new ScoringWorker.ScoreUnit(
        read(message.getUnit()), ControlCodec.read(message.getFile()), message.getVersion());
  }

  static RestoreReferencePb write(ScoringWorker.RestoreReference message) {
    return RestoreReferencePb.newBuilder()
        .setState(write(message.state()))
        .setFolder(message.folder())
        .build();
  }

  static ScoringWorker.RestoreReference read(RestoreReferencePb message) {
    return new ScoringWorker.RestoreReference(read(message.getState()), message.getFolder());
  }

  static RewardFailedPb write(SampleMessage.RewardFailed message) {
    return RewardFailedPb.newBuilder()
        .setWorker(message.worker())
        .setUnit(write(message.unit()))
        .setFromRow(message.fromRow())
        .setReason(message.reason())
        .build();
  }

  static SampleMessage.RewardFailed read(RewardFailedPb message) {
    return new SampleMessage.RewardFailed(
        message.getWorker(), read(message.getUnit()), message.getFromRow(), message.getReason());
  }

  static TrainedPb write(LearnerMessage.Trained message) {
    return TrainedPb.newBuilder()
        .setMetrics(ControlCodec.write(message.metrics()))
        .setWeights(ControlCodec.write(message.weights()))
        .setReadSeconds(message.readSeconds())
        .setTrainSeconds(message.trainSeconds())
        .setPublishSeconds(message.publishSeconds())
        .build();
  }

  static LearnerMessage.Trained read(TrainedPb message) {
    return new LearnerMessage.Trained(
        ControlCodec.read(message.getMetrics()),
        ControlCodec.read(message.getWeights()),
        message.getReadSeconds(),
        message.getTrainSeconds(),
        message.getPublishSeconds());
  }

  static TrainPb write(LearnerWorker.Train message) {
    return TrainPb.newBuilder()
        .setStep(message.step())
        .addAllUnits(message.units().stream().map(ActorCodec::write).toList())
        .build();
  }

  static LearnerWorker.Train read(TrainPb message) {
    return new LearnerWorker.Train(
        message.getStep(), message.getUnitsList().stream().map(ActorCodec::read).toList());
  }

  private static ScoredUnitPb write(ScoredUnit unit) {
    ScoredUnitPb.Builder builder =
        ScoredUnitPb.newBuilder()
            .setUnit(write(unit.unit()))
            .setFile(ControlCodec.write(unit.file()))
            .addAllOutcomes(unit.outcomes().stream().map(ActorCodec::write).toList());
    unit.referenceLogprobs()
        .ifPresent(file -> builder.setReferenceLogprobs(ControlCodec.write(file)));
    return builder.build();
  }

  private static ScoredUnit read(ScoredUnitPb unit) {
    return new ScoredUnit(
        read(unit.getUnit()),
        ControlCodec.read(unit.getFile()),
        unit.getOutcomesList().stream().map(ActorCodec::read).toList(),
        unit.hasReferenceLogprobs()
            ? Optional.of(ControlCodec.read(unit.getReferenceLogprobs()))
            : Optional.empty());
  }
}
