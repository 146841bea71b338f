package dev.kelpie.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.kelpie.experience.Activity;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.MemberDraws;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Provenance;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Waiting;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.UnitId;
import dev.kelpie.wire.arrow.PublishedWeights;
import dev.kelpie.wire.control.RolloutUnitPb;
import dev.kelpie.wire.control.SamplingPb;
import dev.kelpie.wire.control.StepMetricsPb;
import dev.kelpie.wire.file.ChunkedTicket;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ControlCodecTest {
  private static final String HASH = "0123456789abcdef".repeat(4);

  @Test
  void unitSurvivesTheWireWithEveryField() throws InvalidProtocolBufferException {
    Prompt answered =
        new Prompt("a", "2+2=", TokenIds.of(1, 2, 3), Optional.of("4"), Map.of("level", "1"));
    GivenResponse given =
        new GivenResponse(
            new Origin("gold", Provenance.HUMAN, OptionalDouble.of(0.5)),
            "so",
            TokenIds.of(5, 6),
            FinishReason.LENGTH);
    Prompt open =
        new Prompt("b", "say", TokenIds.of(4), Optional.empty(), Map.of(), List.of(given));
    RolloutUnit unit =
        new RolloutUnit(
            new UnitId(Purpose.EVAL, 7, 2, 1),
            16,
            List.of(answered, open),
            2,
            new Sampling(0.7, 50, 0.9, 0.01, 32, true),
            TokenIds.of(5, 6, 7, 8),
            -3,
            new PolicyVersion(6),
            true,
            List.of(
                new MemberDraws(
                    "old",
                    Provenance.POLICY,
                    3,
                    new Sampling(1, 0, 1, 0, 32, false),
                    "v4",
                    OptionalDouble.of(0.25),
                    "long"),
                new MemberDraws(
                    "teacher",
                    Provenance.TEACHER,
                    1,
                    new Sampling(0.5, 0, 1, 0, 32, false),
                    "/models/judge",
                    OptionalDouble.empty(),
                    "")));

    byte[] bytes = ControlCodec.write(unit).toByteArray();

    assertThat(ControlCodec.read(RolloutUnitPb.parseFrom(bytes))).isEqualTo(unit);
  }

  @Test
  void metricsKeepTheirOrderAndNotANumber() {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("z", 1.0);
    values.put("a", Double.NaN);
    StepMetrics metrics = new StepMetrics(3, values);

    StepMetrics back = ControlCodec.read(ControlCodec.write(metrics));

    assertThat(back).isEqualTo(metrics);
    assertThat(back.values().keySet()).containsExactly("z", "a");
  }

  @Test
  void weightsScoresAndStatesSurviveTheWire() {
    ChunkedTicket file =
        new ChunkedTicket("/tmp/policy-v3.arrow", "http://127.0.0.1:1/x", 12, HASH);
    PublishedWeights weights = new PublishedWeights("policy", new PolicyVersion(3), file, HASH);
    Score score = new Score(0.5f, Map.of("format", 1f));
    ActorState state =
        new ActorState(
            "rollout-1",
            "127.0.0.1:2",
            "rollout",
            Activity.WAITING,
            "waiting for work",
            Instant.ofEpochMilli(1_700_000_000_123L),
            -1,
            Map.of("rows", 3.0),
            Optional.of(
                new Waiting(
                    Waiting.Kind.WEIGHTS, "weights v3", Instant.ofEpochMilli(1_700_000_000_456L))));

    assertThat(ControlCodec.read(ControlCodec.write(weights))).isEqualTo(weights);
    assertThat(ControlCodec.read(ControlCodec.write(score))).isEqualTo(score);
    assertThat(ControlCodec.read(ControlCodec.write(state))).isEqualTo(state);
  }

  @Test
  void refusesWhatTheRecordsRefuse() {
    SamplingPb sampling = SamplingPb.newBuilder().setTemperature(-1).setTopP(1).build();
    StepMetricsPb metrics = StepMetricsPb.newBuilder().addNames("reward/mean").build();

    assertThatThrownBy(() -> ControlCodec.read(sampling)).hasMessageContaining("temperature: -1.0");
    assertThatThrownBy(() -> ControlCodec.read(metrics))
        .hasMessage("metrics: 0 values (expected: one for each of 1 names)");
  }
}
