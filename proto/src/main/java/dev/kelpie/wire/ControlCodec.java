package dev.kelpie.wire;

import dev.kelpie.experience.Activity;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Invariant;
import dev.kelpie.experience.MemberDraws;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptVariant;
import dev.kelpie.experience.Provenance;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import dev.kelpie.experience.RunView.Waiting;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.UnitId;
import dev.kelpie.wire.arrow.PublishedWeights;
import dev.kelpie.wire.control.ActorStatePb;
import dev.kelpie.wire.control.ChunkedTicketPb;
import dev.kelpie.wire.control.FileTicketPb;
import dev.kelpie.wire.control.GivenResponsePb;
import dev.kelpie.wire.control.LinkPb;
import dev.kelpie.wire.control.MemberDrawsPb;
import dev.kelpie.wire.control.PromptPb;
import dev.kelpie.wire.control.PromptVariantPb;
import dev.kelpie.wire.control.PublishedWeightsPb;
import dev.kelpie.wire.control.PurposePb;
import dev.kelpie.wire.control.RolloutUnitPb;
import dev.kelpie.wire.control.SamplingPb;
import dev.kelpie.wire.control.ScorePb;
import dev.kelpie.wire.control.StepMetricsPb;
import dev.kelpie.wire.control.UnitIdPb;
import dev.kelpie.wire.control.WaitingPb;
import dev.kelpie.wire.file.ChunkedTicket;
import dev.kelpie.wire.file.FileTicket;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Converts the records of control messages to Protobuf and back. Reading checks what the records
 * check, so a message that decodes is valid; an invalid one throws {@link
 * IllegalArgumentException}.
 */
public final class ControlCodec {
  private ControlCodec() {}

  public static PurposePb write(Purpose purpose) {
    return purpose == Purpose.EVAL ? PurposePb.PURPOSE_EVAL : PurposePb.PURPOSE_ROLLOUT;
  }

  public static Purpose read(PurposePb purpose) {
    return switch (purpose) {
      case PURPOSE_ROLLOUT -> Purpose.ROLLOUT;
      case PURPOSE_EVAL -> Purpose.EVAL;
      case UNRECOGNIZED -> throw new IllegalArgumentException("purpose: unknown (expected: known)");
    };
  }

  public static RolloutUnitPb write(RolloutUnit unit) {
    return RolloutUnitPb.newBuilder()
        .setId(
            UnitIdPb.newBuilder()
                .setPurpose(write(unit.id().purpose()))
                .setStep(unit.id().step())
                .setUnit(unit.id().unit())
                .setAttempt(unit.id().attempt()))
        .setFirstIndex(unit.firstIndex())
        .addAllPrompts(unit.prompts().stream().map(ControlCodec::write).toList())
        .setSamplesPerPrompt(unit.samplesPerPrompt())
        .setSampling(write(unit.sampling()))
        .addAllLimits(boxed(unit.limits()))
        .setSeed(unit.seed())
        .setVersion(unit.version().number())
        .addAllMembers(unit.members().stream().map(ControlCodec::write).toList())
        .setBaseline(unit.baseline())
        .build();
  }

  private static MemberDrawsPb write(MemberDraws draws) {
    MemberDrawsPb.Builder builder =
        MemberDrawsPb.newBuilder()
            .setMember(draws.member())
            .setProvenance(draws.provenance().name())
            .setCount(draws.count())
            .setSampling(write(draws.sampling()))
            .setModel(draws.model())
            .setVariant(draws.variant());
    draws.coef().ifPresent(builder::setCoef);
    return builder.build();
  }

  private static MemberDraws read(MemberDrawsPb draws) {
    return new MemberDraws(
        draws.getMember(),
        Provenance.valueOf(draws.getProvenance()),
        draws.getCount(),
        read(draws.getSampling()),
        draws.getModel(),
        draws.hasCoef() ? OptionalDouble.of(draws.getCoef()) : OptionalDouble.empty(),
        draws.getVariant());
  }

  public static RolloutUnit read(RolloutUnitPb unit) {
    UnitIdPb id = unit.getId();
    return new RolloutUnit(
        new UnitId(read(id.getPurpose()), id.getStep(), id.getUnit(), id.getAttempt()),
        unit.getFirstIndex(),
        unit.getPromptsList().stream().map(ControlCodec::read).toList(),
        unit.getSamplesPerPrompt(),
        read(unit.getSampling()),
        tokens(unit.getLimitsList()),
        unit.getSeed(),
        new PolicyVersion(unit.getVersion()),
        unit.getBaseline(),
        unit.getMembersList().stream().map(ControlCodec::read).toList());
  }

  public static PromptPb write(Prompt prompt) {
    PromptPb.Builder builder =
        PromptPb.newBuilder()
            .setId(prompt.id())
            .setText(prompt.text())
            .addAllTokens(boxed(prompt.tokens()))
            .putAllMetadata(prompt.metadata())
            .addAllResponses(prompt.responses().stream().map(ControlCodec::write).toList());
    prompt.answer().ifPresent(builder::setAnswer);
    prompt.variants().forEach((name, variant) -> builder.putVariants(name, write(variant)));
    return builder.build();
  }

  private static PromptVariantPb write(PromptVariant variant) {
    return PromptVariantPb.newBuilder()
        .setText(variant.text())
        .addAllTokens(boxed(variant.tokens()))
        .build();
  }

  /** Bytes of a prompt's Protobuf. */
  public static long bytes(Prompt prompt) {
    return write(prompt).getSerializedSize();
  }

  public static Prompt read(PromptPb prompt) {
    return new Prompt(
        prompt.getId(),
        prompt.getText(),
        tokens(prompt.getTokensList()),
        prompt.hasAnswer() ? Optional.of(prompt.getAnswer()) : Optional.empty(),
        prompt.getMetadataMap(),
        prompt.getResponsesList().stream().map(ControlCodec::read).toList(),
        variants(prompt));
  }

  private static Map<String, PromptVariant> variants(PromptPb prompt) {
    Map<String, PromptVariant> variants = new HashMap<>();
    prompt
        .getVariantsMap()
        .forEach(
            (name, variant) ->
                variants.put(
                    name, new PromptVariant(variant.getText(), tokens(variant.getTokensList()))));
    return variants;
  }

  private static GivenResponsePb write(GivenResponse response) {
    Origin origin = response.origin();
    GivenResponsePb.Builder builder =
        GivenResponsePb.newBuilder()
            .setMember(origin.member())
            .setProvenance(origin.provenance().name())
            .setText(response.text())
            .addAllTokens(boxed(response.tokens()))
            .setFinishReason(response.finishReason().name());
    origin.score().ifPresent(builder::setScore);
    return builder.build();
  }

  private static GivenResponse read(GivenResponsePb response) {
    return new GivenResponse(
        new Origin(
            response.getMember(),
            Provenance.valueOf(response.getProvenance()),
            response.hasScore() ? OptionalDouble.of(response.getScore()) : OptionalDouble.empty()),
        response.getText(),
        tokens(response.getTokensList()),
        FinishReason.valueOf(response.getFinishReason()));
  }

  public static SamplingPb write(Sampling sampling) {
    return SamplingPb.newBuilder()
        .setTemperature(sampling.temperature())
        .setTopK(sampling.topK())
        .setTopP(sampling.topP())
        .setMinP(sampling.minP())
        .setMaxNewTokens(sampling.maxNewTokens())
        .setIgnoreStop(sampling.ignoreStop())
        .build();
  }

  public static Sampling read(SamplingPb sampling) {
    return new Sampling(
        sampling.getTemperature(),
        sampling.getTopK(),
        sampling.getTopP(),
        sampling.getMinP(),
        sampling.getMaxNewTokens(),
        sampling.getIgnoreStop());
  }

  public static FileTicketPb write(FileTicket ticket) {
    return FileTicketPb.newBuilder()
        .setPath(ticket.path())
        .setUrl(ticket.url())
        .setBytes(ticket.bytes())
        .setSha256(ticket.sha256())
        .build();
  }

  public static FileTicket read(FileTicketPb ticket) {
    return new FileTicket(ticket.getPath(), ticket.getUrl(), ticket.getBytes(), ticket.getSha256());
  }

  private static ChunkedTicketPb write(ChunkedTicket ticket) {
    return ChunkedTicketPb.newBuilder()
        .setPath(ticket.path())
        .setUrl(ticket.url())
        .setBytes(ticket.bytes())
        .setChunksSha256(ticket.chunksSha256())
        .build();
  }

  private static ChunkedTicket read(ChunkedTicketPb ticket) {
    return new ChunkedTicket(
        ticket.getPath(), ticket.getUrl(), ticket.getBytes(), ticket.getChunksSha256());
  }

  public static PublishedWeightsPb write(PublishedWeights weights) {
    return PublishedWeightsPb.newBuilder()
        .setModel(weights.model())
        .setVersion(weights.version().number())
        .setFile(write(weights.file()))
        .setWeightsSha256(weights.weightsSha256())
        .build();
  }

  public static PublishedWeights read(PublishedWeightsPb weights) {
    return new PublishedWeights(
        weights.getModel(),
        new PolicyVersion(weights.getVersion()),
        read(weights.getFile()),
        weights.getWeightsSha256());
  }

  public static ScorePb write(Score score) {
    return ScorePb.newBuilder().setValue(score.value()).putAllParts(score.parts()).build();
  }

  public static Score read(ScorePb score) {
    return new Score(score.getValue(), score.getPartsMap());
  }

  /** Protobuf of a step's metrics, in their order. */
  public static StepMetricsPb write(StepMetrics metrics) {
    return StepMetricsPb.newBuilder()
        .setStep(metrics.step())
        .addAllNames(metrics.values().keySet())
        .addAllValues(metrics.values().values())
        .build();
  }

  public static StepMetrics read(StepMetricsPb metrics) {
    Invariant.that(
        metrics.getNamesCount() == metrics.getValuesCount(),
        "metrics: %s values (expected: one for each of %s names)",
        metrics.getValuesCount(),
        metrics.getNamesCount());
    Map<String, Double> values = new LinkedHashMap<>();
    for (int i = 0; i < metrics.getNamesCount(); i++) {
      values.put(metrics.getNames(i), metrics.getValues(i));
    }
    return new StepMetrics(metrics.getStep(), values);
  }

  /** Protobuf of an actor's state; its time is cut to milliseconds. */
  public static ActorStatePb write(ActorState state) {
    ActorStatePb.Builder form =
        ActorStatePb.newBuilder()
            .setName(state.name())
            .setNode(state.node())
            .setRole(state.role())
            .setActivity(state.activity().name())
            .setDoing(state.doing())
            .setSinceMillis(state.since().toEpochMilli())
            .setVersion(state.version())
            .putAllNumbers(state.numbers());
    state.waiting().ifPresent(waiting -> form.setWaiting(write(waiting)));
    return form.build();
  }

  private static WaitingPb write(Waiting waiting) {
    return WaitingPb.newBuilder()
        .setKind(waiting.kind().name())
        .setWhat(waiting.what())
        .setSinceMillis(waiting.since().toEpochMilli())
        .build();
  }

  private static Waiting read(WaitingPb waiting) {
    return new Waiting(
        Waiting.Kind.valueOf(waiting.getKind()),
        waiting.getWhat(),
        Instant.ofEpochMilli(waiting.getSinceMillis()));
  }

  public static ActorState read(ActorStatePb state) {
    return new ActorState(
        state.getName(),
        state.getNode(),
        state.getRole(),
        Activity.valueOf(state.getActivity()),
        state.getDoing(),
        Instant.ofEpochMilli(state.getSinceMillis()),
        state.getVersion(),
        state.getNumbersMap(),
        state.hasWaiting() ? Optional.of(read(state.getWaiting())) : Optional.empty());
  }

  public static LinkPb write(Link link) {
    return LinkPb.newBuilder()
        .setFrom(link.from())
        .setTo(link.to())
        .setMessages(link.messages())
        .setBytes(link.bytes())
        .build();
  }

  public static Link read(LinkPb link) {
    return new Link(link.getFrom(), link.getTo(), link.getMessages(), link.getBytes());
  }

  private static List<Integer> boxed(TokenIds ids) {
    return Arrays.stream(ids.toArray()).boxed().toList();
  }

  private static TokenIds tokens(List<Integer> ids) {
    return TokenIds.of(ids.stream().mapToInt(Integer::intValue).toArray());
  }
}
