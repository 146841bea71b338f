package dev.kelpie.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import dev.kelpie.runs.RunSummary;
import dev.kelpie.wire.ControlCodec;
import dev.kelpie.wire.control.BeatPb;
import dev.kelpie.wire.control.CheckpointSavedPb;
import dev.kelpie.wire.control.CoordinatorAtPb;
import dev.kelpie.wire.control.DrainPb;
import dev.kelpie.wire.control.FindCoordinatorPb;
import dev.kelpie.wire.control.GenerateFailedPb;
import dev.kelpie.wire.control.GeneratePb;
import dev.kelpie.wire.control.GeneratedPb;
import dev.kelpie.wire.control.HeardPb;
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

  private String address(ActorRef<?> ref) {
    return addresses.toSerializationFormat(ref);
  }

  private <T> ActorRef<T> ref(String address) {
    return addresses.resolveActorRef(address);
  }

  private void addToCoordinator() {
    table.add(
        "rollout-ready",
        SampleMessage.RolloutReady.class,
        RolloutReadyPb.parser(),
        m ->
            RolloutReadyPb.newBuilder()
                .setWorker(ActorCodec.write(m.worker()))
                .setAddress(address(m.address()))
                .build(),
        p -> new SampleMessage.RolloutReady(ActorCodec.read(p.getWorker()), ref(p.getAddress())));
    table.add(
        "generated",
        SampleMessage.Generated.class,
        GeneratedPb.parser(),
        ActorCodec::write,
        ActorCodec::read);
    table.add(
        "generate-failed",
        SampleMessage.GenerateFailed.class,
        GenerateFailedPb.parser(),
        m ->
            GenerateFailedPb.newBuilder()
                .setWorker(m.worker())
                .setUnit(ActorCodec.write(m.unit()))
                .setReason(m.reason())
                .build(),
        p ->
            new SampleMessage.GenerateFailed(
                p.getWorker(), ActorCodec.read(p.getUnit()), p.getReason()));
    table.add(
        "reward-ready",
        SampleMessage.RewardReady.class,
        RewardReadyPb.parser(),
        m ->
            RewardReadyPb.newBuilder()
                .setWorker(ActorCodec.write(m.worker()))
                .setAddress(address(m.address()))
                .build(),
        p -> new SampleMessage.RewardReady(ActorCodec.read(p.getWorker()), ref(p.getAddress())));
    table.add(
        "rows-scored",
        SampleMessage.RowsScored.class,
        RowsScoredPb.parser(),
        ActorCodec::write,
        ActorCodec::read);
    table.add(
        "reward-failed",
        SampleMessage.RewardFailed.class,
        RewardFailedPb.parser(),
        ActorCodec::write,
        ActorCodec::read);
    table.add(
        "scoring-ready",
        ReferenceMessage.ScoringReady.class,
        ScoringReadyPb.parser(),
        m ->
            ScoringReadyPb.newBuilder()
                .setWorker(ActorCodec.write(m.worker()))
                .setState(ActorCodec.write(m.state()))
                .setAddress(address(m.address()))
                .build(),
        p ->
            new ReferenceMessage.ScoringReady(
                ActorCodec.read(p.getWorker()),
                ActorCodec.read(p.getState()),
                ref(p.getAddress())));
    table.add(
        "reference-scored",
        ReferenceMessage.ReferenceScored.class,
        ReferenceScoredPb.parser(),
        m ->
            ReferenceScoredPb.newBuilder()
                .setWorker(m.worker())
                .setUnit(ActorCodec.write(m.unit()))
                .setFile(ControlCodec.write(m.file()))
                .setSeconds(m.seconds())
                .build(),
        p ->
            new ReferenceMessage.ReferenceScored(
                p.getWorker(),
                ActorCodec.read(p.getUnit()),
                ControlCodec.read(p.getFile()),
                p.getSeconds()));
    table.add(
        "reference-saved",
        ReferenceMessage.ReferenceSaved.class,
        ReferenceSavedPb.parser(),
        m -> ReferenceSavedPb.newBuilder().setWorker(m.worker()).setStep(m.step()).build(),
        p -> new ReferenceMessage.ReferenceSaved(p.getWorker(), p.getStep()));
  }

  private void addRequests() {
    table.add(
        "stop",
        OperatorRequest.Stop.class,
        StopPb.parser(),
        m -> StopPb.getDefaultInstance(),
        p -> new OperatorRequest.Stop());
    table.add(
        "pause",
        OperatorRequest.Pause.class,
        PausePb.parser(),
        m -> PausePb.getDefaultInstance(),
        p -> new OperatorRequest.Pause());
    table.add(
        "resume",
        OperatorRequest.Resume.class,
        ResumePb.parser(),
        m -> ResumePb.getDefaultInstance(),
        p -> new OperatorRequest.Resume());
    table.add(
        "save-now",
        OperatorRequest.SaveNow.class,
        SaveNowPb.parser(),
        m -> SaveNowPb.getDefaultInstance(),
        p -> new OperatorRequest.SaveNow());
    table.add(
        "drain",
        OperatorRequest.Drain.class,
        DrainPb.parser(),
        m -> DrainPb.newBuilder().setWorker(m.worker()).build(),
        p -> new OperatorRequest.Drain(p.getWorker()));
  }

  private void addResultsOfLearner() {
    table.add(
        "learner-ready",
        LearnerMessage.LearnerReady.class,
        LearnerReadyPb.parser(),
        m ->
            LearnerReadyPb.newBuilder()
                .setWeights(ControlCodec.write(m.weights()))
                .setAddress(address(m.address()))
                .build(),
        p ->
            new LearnerMessage.LearnerReady(
                ControlCodec.read(p.getWeights()), ref(p.getAddress())));
    table.add(
        "trained",
        LearnerMessage.Trained.class,
        TrainedPb.parser(),
        ActorCodec::write,
        ActorCodec::read);
    table.add(
        "checkpoint-saved",
        LearnerMessage.CheckpointSaved.class,
        CheckpointSavedPb.parser(),
        m ->
            CheckpointSavedPb.newBuilder()
                .setStep(m.step())
                .setOldestKept(m.oldestKept())
                .setSeconds(m.seconds())
                .build(),
        p -> new LearnerMessage.CheckpointSaved(p.getStep(), p.getOldestKept(), p.getSeconds()));
    table.add(
        "part-failed",
        Coordinator.PartFailed.class,
        PartFailedPb.parser(),
        m -> PartFailedPb.newBuilder().setPart(m.part()).setReason(m.reason()).build(),
        p -> new Coordinator.PartFailed(p.getPart(), p.getReason()));
  }

  private void addToWorkers() {
    table.add(
        "generate",
        RolloutWorker.Generate.class,
        GeneratePb.parser(),
        m ->
            GeneratePb.newBuilder()
                .setUnit(ControlCodec.write(m.unit()))
                .setWeights(ControlCodec.write(m.weights()))
                .build(),
        p ->
            new RolloutWorker.Generate(
                ControlCodec.read(p.getUnit()), ControlCodec.read(p.getWeights())));
    table.add(
        "rest",
        RolloutWorker.NoWork.class,
        RestPb.parser(),
        m -> RestPb.newBuilder().setDrained(m.drained()).build(),
        p -> new RolloutWorker.NoWork(p.getDrained()));
    table.add(
        "score-rows",
        RewardWorker.ScoreRows.class,
        ScoreRowsPb.parser(),
        m ->
            ScoreRowsPb.newBuilder()
                .setUnit(ActorCodec.write(m.unit()))
                .setFile(ControlCodec.write(m.file()))
                .setFromRow(m.from())
                .setToRow(m.to())
                .build(),
        p ->
            new RewardWorker.ScoreRows(
                ActorCodec.read(p.getUnit()),
                ControlCodec.read(p.getFile()),
                p.getFromRow(),
                p.getToRow()));
    table.add(
        "score-unit",
        ScoringWorker.ScoreUnit.class,
        ScoreUnitPb.parser(),
        ActorCodec::write,
        ActorCodec::read);
    table.add(
        "observe",
        ScoringWorker.Observe.class,
        ObservePb.parser(),
        m -> ObservePb.newBuilder().setWeights(ControlCodec.write(m.weights())).build(),
        p -> new ScoringWorker.Observe(ControlCodec.read(p.getWeights())));
    table.add(
        "save-reference",
        ScoringWorker.SaveReference.class,
        SaveReferencePb.parser(),
        m -> SaveReferencePb.newBuilder().setStep(m.step()).setFolder(m.folder()).build(),
        p -> new ScoringWorker.SaveReference(p.getStep(), p.getFolder()));
    table.add(
        "restore-reference",
        ScoringWorker.RestoreReference.class,
        RestoreReferencePb.parser(),
        ActorCodec::write,
        ActorCodec::read);
    table.add(
        "train", LearnerWorker.Train.class, TrainPb.parser(), ActorCodec::write, ActorCodec::read);
    table.add(
        "save-checkpoint",
        LearnerWorker.SaveCheckpoint.class,
        SaveCheckpointPb.parser(),
        m -> SaveCheckpointPb.newBuilder().setStep(m.step()).build(),
        p -> new LearnerWorker.SaveCheckpoint(p.getStep()));
  }

  private void addBetweenNodes() {
    table.add(
        "beat",
        Coordinator.Heartbeat.class,
        BeatPb.parser(),
        m ->
            BeatPb.newBuilder()
                .setNode(m.node())
                .addAllActors(m.actors().stream().map(ControlCodec::write).toList())
                .addAllLinks(m.links().stream().map(ControlCodec::write).toList())
                .setReplyTo(address(m.replyTo()))
                .build(),
        p ->
            new Coordinator.Heartbeat(
                p.getNode(),
                p.getActorsList().stream().map(ControlCodec::read).toList(),
                p.getLinksList().stream().map(ControlCodec::read).toList(),
                ref(p.getReplyTo())));
    table.add(
        "heard",
        HeartbeatSender.HeartbeatAck.class,
        HeardPb.parser(),
        m -> HeardPb.getDefaultInstance(),
        p -> new HeartbeatSender.HeartbeatAck());
    table.add(
        "run-ended",
        HeartbeatSender.RunEnded.class,
        RunEndedPb.parser(),
        m ->
            RunEndedPb.newBuilder()
                .setStatus(m.status().name())
                .setSteps(m.steps())
                .setError(m.error())
                .setPolicySha256(m.policySha256())
                .build(),
        p ->
            new HeartbeatSender.RunEnded(
                RunSummary.Status.valueOf(p.getStatus()),
                p.getSteps(),
                p.getError(),
                p.getPolicySha256()));
    table.add(
        "find-coordinator",
        Node.FindCoordinator.class,
        FindCoordinatorPb.parser(),
        m -> FindCoordinatorPb.newBuilder().setReplyTo(address(m.replyTo())).build(),
        p -> new Node.FindCoordinator(ref(p.getReplyTo())));
    table.add(
        "coordinator-at",
        Node.CoordinatorAt.class,
        CoordinatorAtPb.parser(),
        m -> CoordinatorAtPb.newBuilder().setAddress(address(m.coordinator())).build(),
        p -> new Node.CoordinatorAt(ref(p.getAddress())));
  }
}
