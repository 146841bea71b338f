package dev.kelpie.actors;

import static dev.kelpie.actors.ActorCodec.read;
import static dev.kelpie.actors.ActorCodec.write;
import static dev.kelpie.wire.ControlCodec.read;
import static dev.kelpie.wire.ControlCodec.write;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import com.google.protobuf.Message;
import dev.kelpie.experience.scoring.Lookups;
import dev.kelpie.runs.RunSummary;
import dev.kelpie.wire.ControlCodec;
import dev.kelpie.wire.HoldingCodec;
import dev.kelpie.wire.ScaleCodec;
import dev.kelpie.wire.control.BeatPb;
import dev.kelpie.wire.control.CheckpointSavedPb;
import dev.kelpie.wire.control.CoordinatorAtPb;
import dev.kelpie.wire.control.DrainPb;
import dev.kelpie.wire.control.FindCoordinatorPb;
import dev.kelpie.wire.control.GenerateFailedPb;
import dev.kelpie.wire.control.GeneratePb;
import dev.kelpie.wire.control.GeneratedPb;
import dev.kelpie.wire.control.HeardPb;
import dev.kelpie.wire.control.HoldersPb;
import dev.kelpie.wire.control.HoldingPb;
import dev.kelpie.wire.control.LearnerReadyPb;
import dev.kelpie.wire.control.ObservePb;
import dev.kelpie.wire.control.PartFailedPb;
import dev.kelpie.wire.control.PausePb;
import dev.kelpie.wire.control.ReferenceSavedPb;
import dev.kelpie.wire.control.ReferenceScoredPb;
import dev.kelpie.wire.control.RestPb;
import dev.kelpie.wire.control.RestoreReferencePb;
import dev.kelpie.wire.control.ResumePb;
import dev.kelpie.wire.control.RewardFailedPb;
import dev.kelpie.wire.control.RewardReadyPb;
import dev.kelpie.wire.control.RolloutReadyPb;
import dev.kelpie.wire.control.RowsScoredPb;
import dev.kelpie.wire.control.RunEndedPb;
import dev.kelpie.wire.control.SaveCheckpointPb;
import dev.kelpie.wire.control.SaveNowPb;
import dev.kelpie.wire.control.SaveReferencePb;
import dev.kelpie.wire.control.ScoreRowsPb;
import dev.kelpie.wire.control.ScoreUnitPb;
import dev.kelpie.wire.control.ScoringReadyPb;
import dev.kelpie.wire.control.StopPb;
import dev.kelpie.wire.control.TrainPb;
import dev.kelpie.wire.control.TrainedPb;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** The Protobuf forms of all messages that cross the wire, each with its name. */
final class WireForms {
  private final WireTable table;
  private final ActorRefResolver addresses;

  private WireForms(WireTable table, ActorRefResolver addresses) {
    this.table = table;
    this.addresses = addresses;
  }

  /** The table of all messages; {@code addresses} finds the actors that they name. */
  static WireTable table(ActorRefResolver addresses) {
    WireTable table = new WireTable();
    WireForms forms = new WireForms(table, addresses);
    forms.addToCoordinator();
    forms.addRequests();
    forms.addResultsOfLearner();
    forms.addToWorkers();
    forms.addBetweenNodes();
    return table;
  }

  /** A message's name, class and Protobuf form; takes how it is written. */
  private record Form<T, B extends Message.Builder>(
      WireTable table, String name, Class<T> type, Supplier<B> form) {
    Written<T, B> write(BiConsumer<T, B> write) {
      return new Written<>(this, write);
    }
  }

  /** Takes how it is read, and lets it cross. */
  private record Written<T, B extends Message.Builder>(Form<T, B> of, BiConsumer<T, B> write) {
    void read(Function<B, T> read) {
      of.table().add(of.name(), of.type(), of.form(), write, read);
    }
  }

  private <T, B extends Message.Builder> Form<T, B> form(
      String name, Class<T> type, Supplier<B> form) {
    return new Form<>(table, name, type, form);
  }

  private String address(ActorRef<?> ref) {
    return addresses.toSerializationFormat(ref);
  }

  private <T> ActorRef<T> ref(String address) {
    return addresses.resolveActorRef(address);
  }

  private void addToCoordinator() {
    form("rollout-ready", SampleMessage.RolloutReady.class, RolloutReadyPb::newBuilder)
        .write((m, p) -> p.setWorker(write(m.worker())).setAddress(address(m.address())))
        .read(p -> new SampleMessage.RolloutReady(read(p.getWorker()), ref(p.getAddress())));
    form("generated", SampleMessage.Generated.class, GeneratedPb::newBuilder)
        .write(
            (m, p) ->
                p.setWorker(m.worker())
                    .setUnit(write(m.unit()))
                    .setFile(write(m.file()))
                    .setTokens(m.tokens())
                    .setLoadSeconds(m.loadSeconds())
                    .setGenerateSeconds(m.generateSeconds())
                    .setWriteSeconds(m.writeSeconds()))
        .read(
            p ->
                new SampleMessage.Generated(
                    p.getWorker(),
                    read(p.getUnit()),
                    read(p.getFile()),
                    p.getTokens(),
                    p.getLoadSeconds(),
                    p.getGenerateSeconds(),
                    p.getWriteSeconds()));
    form("generate-failed", SampleMessage.GenerateFailed.class, GenerateFailedPb::newBuilder)
        .write((m, p) -> p.setWorker(m.worker()).setUnit(write(m.unit())).setReason(m.reason()))
        .read(
            p -> new SampleMessage.GenerateFailed(p.getWorker(), read(p.getUnit()), p.getReason()));
    form("reward-ready", SampleMessage.RewardReady.class, RewardReadyPb::newBuilder)
        .write((m, p) -> p.setWorker(write(m.worker())).setAddress(address(m.address())))
        .read(p -> new SampleMessage.RewardReady(read(p.getWorker()), ref(p.getAddress())));
    form("rows-scored", SampleMessage.RowsScored.class, RowsScoredPb::newBuilder)
        .write(
            (m, p) ->
                p.setWorker(m.worker())
                    .setUnit(write(m.unit()))
                    .setFromRow(m.fromRow())
                    .addAllOutcomes(m.outcomes().stream().map(ActorCodec::write).toList())
                    .setSeconds(m.seconds()))
        .read(
            p ->
                new SampleMessage.RowsScored(
                    p.getWorker(),
                    read(p.getUnit()),
                    p.getFromRow(),
                    p.getOutcomesList().stream().map(ActorCodec::read).toList(),
                    p.getSeconds()));
    form("reward-failed", SampleMessage.RewardFailed.class, RewardFailedPb::newBuilder)
        .write(
            (m, p) ->
                p.setWorker(m.worker())
                    .setUnit(write(m.unit()))
                    .setFromRow(m.fromRow())
                    .setReason(m.reason())
                    .setExhausted(m.exhausted()))
        .read(
            p ->
                new SampleMessage.RewardFailed(
                    p.getWorker(),
                    read(p.getUnit()),
                    p.getFromRow(),
                    p.getReason(),
                    p.getExhausted()));
    form("scoring-ready", ReferenceMessage.ScoringReady.class, ScoringReadyPb::newBuilder)
        .write(
            (m, p) ->
                p.setWorker(write(m.worker()))
                    .setState(write(m.state()))
                    .setAddress(address(m.address())))
        .read(
            p ->
                new ReferenceMessage.ScoringReady(
                    read(p.getWorker()), read(p.getState()), ref(p.getAddress())));
    form("reference-scored", ReferenceMessage.ReferenceScored.class, ReferenceScoredPb::newBuilder)
        .write(
            (m, p) ->
                p.setWorker(m.worker())
                    .setUnit(write(m.unit()))
                    .setFile(write(m.file()))
                    .setSeconds(m.seconds())
                    .setAsked(m.lookups().asked())
                    .setFound(m.lookups().found()))
        .read(
            p ->
                new ReferenceMessage.ReferenceScored(
                    p.getWorker(),
                    read(p.getUnit()),
                    read(p.getFile()),
                    p.getSeconds(),
                    new Lookups(p.getAsked(), p.getFound())));
    form("reference-saved", ReferenceMessage.ReferenceSaved.class, ReferenceSavedPb::newBuilder)
        .write((m, p) -> p.setWorker(m.worker()).setStep(m.step()))
        .read(p -> new ReferenceMessage.ReferenceSaved(p.getWorker(), p.getStep()));
  }

  private void addRequests() {
    form("stop", OperatorRequest.Stop.class, StopPb::newBuilder)
        .write((m, p) -> {})
        .read(p -> new OperatorRequest.Stop());
    form("pause", OperatorRequest.Pause.class, PausePb::newBuilder)
        .write((m, p) -> {})
        .read(p -> new OperatorRequest.Pause());
    form("resume", OperatorRequest.Resume.class, ResumePb::newBuilder)
        .write((m, p) -> {})
        .read(p -> new OperatorRequest.Resume());
    form("save-now", OperatorRequest.SaveNow.class, SaveNowPb::newBuilder)
        .write((m, p) -> {})
        .read(p -> new OperatorRequest.SaveNow());
    form("drain", OperatorRequest.Drain.class, DrainPb::newBuilder)
        .write((m, p) -> p.setWorker(m.worker()))
        .read(p -> new OperatorRequest.Drain(p.getWorker()));
  }

  private void addResultsOfLearner() {
    form("learner-ready", LearnerMessage.LearnerReady.class, LearnerReadyPb::newBuilder)
        .write(
            (m, p) -> {
              p.setWeights(write(m.weights()))
                  .addAllEarlier(m.earlier().stream().map(ControlCodec::write).toList())
                  .setAddress(address(m.address()));
              m.start().ifPresent(start -> p.setStart(write(start)));
            })
        .read(
            p ->
                new LearnerMessage.LearnerReady(
                    read(p.getWeights()),
                    p.hasStart() ? Optional.of(read(p.getStart())) : Optional.empty(),
                    p.getEarlierList().stream().map(ControlCodec::read).toList(),
                    ref(p.getAddress())));
    form("trained", LearnerMessage.Trained.class, TrainedPb::newBuilder)
        .write(
            (m, p) -> {
              p.setMetrics(write(m.metrics()))
                  .setWeights(write(m.weights()))
                  .setPairsSha256(m.pairsSha256())
                  .addAllReplayed(m.replayed().stream().map(ActorCodec::write).toList())
                  .setDiscardedTo(m.discardedTo())
                  .setReadSeconds(m.readSeconds())
                  .setTrainSeconds(m.trainSeconds())
                  .setPublishSeconds(m.publishSeconds());
              m.processReward().ifPresent(state -> p.setProcessReward(write(state)));
            })
        .read(
            p ->
                new LearnerMessage.Trained(
                    read(p.getMetrics()),
                    read(p.getWeights()),
                    p.getPairsSha256(),
                    p.hasProcessReward()
                        ? Optional.of(read(p.getProcessReward()))
                        : Optional.empty(),
                    p.getReplayedList().stream().map(ActorCodec::read).toList(),
                    p.getDiscardedTo(),
                    p.getReadSeconds(),
                    p.getTrainSeconds(),
                    p.getPublishSeconds()));
    form("checkpoint-saved", LearnerMessage.CheckpointSaved.class, CheckpointSavedPb::newBuilder)
        .write(
            (m, p) ->
                p.setStep(m.step())
                    .setOldestKept(m.oldestKept())
                    .setPolicySha256(m.policySha256())
                    .setWeightsSha256(m.weightsSha256())
                    .setSeconds(m.seconds()))
        .read(
            p ->
                new LearnerMessage.CheckpointSaved(
                    p.getStep(),
                    p.getOldestKept(),
                    p.getPolicySha256(),
                    p.getWeightsSha256(),
                    p.getSeconds()));
    form("part-failed", Coordinator.PartFailed.class, PartFailedPb::newBuilder)
        .write((m, p) -> p.setPart(m.part()).setReason(m.reason()))
        .read(p -> new Coordinator.PartFailed(p.getPart(), p.getReason()));
  }

  private void addToWorkers() {
    form("generate", RolloutWorker.Generate.class, GeneratePb::newBuilder)
        .write(
            (m, p) ->
                p.setUnit(write(m.unit()))
                    .setWeights(write(m.weights()))
                    .addAllEarlier(m.earlier().stream().map(ControlCodec::write).toList()))
        .read(
            p ->
                new RolloutWorker.Generate(
                    read(p.getUnit()),
                    read(p.getWeights()),
                    p.getEarlierList().stream().map(ControlCodec::read).toList()));
    form("rest", RolloutWorker.NoWork.class, RestPb::newBuilder)
        .write((m, p) -> p.setDrained(m.drained()))
        .read(p -> new RolloutWorker.NoWork(p.getDrained()));
    form("score-rows", RewardWorker.ScoreRows.class, ScoreRowsPb::newBuilder)
        .write(
            (m, p) ->
                p.setUnit(write(m.unit()))
                    .setFile(write(m.file()))
                    .setFromRow(m.from())
                    .setToRow(m.to())
                    .mergeFrom(ActorCodec.numbers(m.numbers()))
                    .addAllScales(ScaleCodec.write(m.scales())))
        .read(
            p ->
                new RewardWorker.ScoreRows(
                    read(p.getUnit()),
                    read(p.getFile()),
                    p.getFromRow(),
                    p.getToRow(),
                    p.hasNumbers() ? Optional.of(read(p.getNumbers())) : Optional.empty(),
                    ScaleCodec.read(p.getScalesList())));
    form("score-unit", ScoringWorker.ScoreUnit.class, ScoreUnitPb::newBuilder)
        .write(
            (m, p) -> p.setUnit(write(m.unit())).setFile(write(m.file())).setVersion(m.version()))
        .read(
            p -> new ScoringWorker.ScoreUnit(read(p.getUnit()), read(p.getFile()), p.getVersion()));
    form("observe", ScoringWorker.Observe.class, ObservePb::newBuilder)
        .write((m, p) -> p.setWeights(write(m.weights())))
        .read(p -> new ScoringWorker.Observe(read(p.getWeights())));
    form("save-reference", ScoringWorker.SaveReference.class, SaveReferencePb::newBuilder)
        .write((m, p) -> p.setStep(m.step()).setFolder(m.folder()))
        .read(p -> new ScoringWorker.SaveReference(p.getStep(), p.getFolder()));
    form("restore-reference", ScoringWorker.RestoreReference.class, RestoreReferencePb::newBuilder)
        .write((m, p) -> p.setState(write(m.state())).setFolder(m.folder()))
        .read(p -> new ScoringWorker.RestoreReference(read(p.getState()), p.getFolder()));
    form("train", LearnerWorker.Train.class, TrainPb::newBuilder)
        .write(
            (m, p) -> {
              p.setStep(m.step()).addAllUnits(m.units().stream().map(ActorCodec::write).toList());
              m.rollBackTo().ifPresent(p::setRollBackTo);
            })
        .read(
            p ->
                new LearnerWorker.Train(
                    p.getStep(),
                    p.getUnitsList().stream().map(ActorCodec::read).toList(),
                    p.hasRollBackTo() ? OptionalLong.of(p.getRollBackTo()) : OptionalLong.empty()));
    form("save-checkpoint", LearnerWorker.SaveCheckpoint.class, SaveCheckpointPb::newBuilder)
        .write((m, p) -> p.setStep(m.step()))
        .read(p -> new LearnerWorker.SaveCheckpoint(p.getStep()));
  }

  private void addBetweenNodes() {
    form("beat", Coordinator.Heartbeat.class, BeatPb::newBuilder)
        .write(
            (m, p) ->
                p.setNode(m.node())
                    .addAllActors(m.actors().stream().map(ControlCodec::write).toList())
                    .addAllLinks(m.links().stream().map(ControlCodec::write).toList())
                    .setReplyTo(address(m.replyTo())))
        .read(
            p ->
                new Coordinator.Heartbeat(
                    p.getNode(),
                    p.getActorsList().stream().map(ControlCodec::read).toList(),
                    p.getLinksList().stream().map(ControlCodec::read).toList(),
                    ref(p.getReplyTo())));
    form("holding", WeightSharing.Announced.class, HoldingPb::newBuilder)
        .write(
            (m, p) ->
                p.mergeFrom(HoldingCodec.write(m.holding()))
                    .setNode(m.node())
                    .setAddress(address(m.address())))
        .read(
            p ->
                new WeightSharing.Announced(
                    p.getNode(), HoldingCodec.read(p.build()), ref(p.getAddress())));
    form("holders", WeightSharing.Heard.class, HoldersPb::newBuilder)
        .write((m, p) -> p.mergeFrom(HoldingCodec.write(m.holders())))
        .read(p -> new WeightSharing.Heard(HoldingCodec.read(p.build())));
    form("heard", HeartbeatSender.HeartbeatAck.class, HeardPb::newBuilder)
        .write((m, p) -> {})
        .read(p -> new HeartbeatSender.HeartbeatAck());
    form("run-ended", HeartbeatSender.RunEnded.class, RunEndedPb::newBuilder)
        .write(
            (m, p) ->
                p.setStatus(m.status().name())
                    .setSteps(m.steps())
                    .setError(m.error())
                    .setPolicySha256(m.policySha256()))
        .read(
            p ->
                new HeartbeatSender.RunEnded(
                    RunSummary.Status.valueOf(p.getStatus()),
                    p.getSteps(),
                    p.getError(),
                    p.getPolicySha256()));
    form("find-coordinator", Node.FindCoordinator.class, FindCoordinatorPb::newBuilder)
        .write((m, p) -> p.setReplyTo(address(m.replyTo())))
        .read(p -> new Node.FindCoordinator(ref(p.getReplyTo())));
    form("coordinator-at", Node.CoordinatorAt.class, CoordinatorAtPb::newBuilder)
        .write((m, p) -> p.setAddress(address(m.coordinator())))
        .read(p -> new Node.CoordinatorAt(ref(p.getAddress())));
  }
}
