package dev.kelpie.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.RolloutOptions;
import dev.kelpie.experience.MemberDraws;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptVariant;
import dev.kelpie.experience.Provenance;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.UnitId;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.CausalLm;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.ParityFixtures;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.tensors.NativeThread;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses that other models sample, alone or mixed with the policy. */
class MemberModelsTest {
  private static final RolloutEngine.Progress SILENT = (finished, rows, tokens) -> {};
  private static final Path MODEL = ParityFixtures.own("llama-bias");
  private static final Sampling SAMPLING = new Sampling(0.9, 0, 1, 0, 12, false);

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void anotherModelSamplesAsIfItWereThePolicy(int own) {
    // The numbers that draw a response depend on its sample number: 2, 3 behind two of the
    // policy's.
    RolloutUnit unit = unit(own, member("v3", OptionalDouble.empty()));
    List<Trajectory> responses = with(engine -> generate(engine, unit));
    List<Trajectory> asPolicy = with(MemberModelsTest::otherAsPolicy);
    for (int prompt = 0; prompt < 3; prompt++) {
      for (int i = 0; i < 2; i++) {
        Trajectory response = responses.get(2 * prompt + i);
        Trajectory expected = asPolicy.get(4 * prompt + own + i);
        assertThat(response.id().sample()).isEqualTo(own + i);
        assertThat(response.response()).isEqualTo(expected.response());
        assertThat(response.rolloutLogprobs()).isEqualTo(expected.rolloutLogprobs());
        assertThat(response.origin().member()).isEqualTo("other");
        assertThat(response.origin().provenance()).isEqualTo(Provenance.TEACHER);
        assertThat(response.versions())
            .isEqualTo(TokenVersions.uniform(new PolicyVersion(3), response.response().length()));
      }
    }
  }

  @Test
  void aMixtureOfShareZeroIsThePolicyAndOfShareOneTheOtherModel() {
    List<Trajectory> policy =
        with(engine -> generate(engine, unit(0, member("initial", OptionalDouble.empty()))));
    List<Trajectory> other =
        with(engine -> generate(engine, unit(0, member("v3", OptionalDouble.empty()))));
    List<Trajectory> zero =
        with(engine -> generate(engine, unit(0, member("v3", OptionalDouble.of(0)))));
    List<Trajectory> one =
        with(engine -> generate(engine, unit(0, member("v3", OptionalDouble.of(1)))));
    List<Trajectory> half =
        with(engine -> generate(engine, unit(0, member("v3", OptionalDouble.of(0.5)))));
    assertThat(tokens(zero)).isEqualTo(tokens(policy));
    assertThat(tokens(one)).isEqualTo(tokens(other)).isNotEqualTo(tokens(policy));
    assertThat(tokens(half)).isNotEqualTo(tokens(policy)).isNotEqualTo(tokens(other));
    for (int i = 0; i < zero.size(); i++) {
      assertThat(zero.get(i).rolloutLogprobs()).isEqualTo(policy.get(i).rolloutLogprobs());
      assertThat(one.get(i).rolloutLogprobs()).isEqualTo(other.get(i).rolloutLogprobs());
    }
  }

  /** The same tokens as where these prompts are the unit's own, under which it is then recorded. */
  @Test
  void aMemberSamplesUnderItsVariantOfThePrompt() {
    MemberDraws plain = member("v3", OptionalDouble.empty());
    MemberDraws under =
        new MemberDraws(
            "other", Provenance.TEACHER, 2, SAMPLING, "v3", OptionalDouble.empty(), "long");
    List<Prompt> prompts = new ArrayList<>();
    List<Prompt> variants = new ArrayList<>();
    for (Prompt prompt : prompts()) {
      int[] ids = prompt.tokens().toArray();
      TokenIds longer =
          TokenIds.of(IntStream.concat(IntStream.of(9, 77), IntStream.of(ids)).toArray());
      prompts.add(prompt.withVariants(Map.of("long", new PromptVariant("long", longer))));
      variants.add(new Prompt(prompt.id(), "long", longer, prompt.answer(), prompt.metadata()));
    }
    List<Trajectory> responses = with(engine -> generate(engine, unit(prompts, 2, under)));
    List<Trajectory> expected = with(engine -> generate(engine, unit(variants, 2, plain)));
    List<Trajectory> without = with(engine -> generate(engine, unit(prompts, 2, plain)));
    assertThat(tokens(responses)).isEqualTo(tokens(expected)).isNotEqualTo(tokens(without));
    for (int i = 0; i < responses.size(); i++) {
      Trajectory response = responses.get(i);
      assertThat(response.rolloutLogprobs()).isEqualTo(expected.get(i).rolloutLogprobs());
      assertThat(response.prompt()).isEqualTo(prompts.get(i / 2));
      assertThat(response.origin().variant()).isEqualTo("long");
    }
  }

  @Test
  void theRowsOfAUnitAreThePolicysThenThoseOfItsMembers() {
    RolloutUnit unit = unit(2, member("v3", OptionalDouble.empty()));
    List<Trajectory> rows =
        with(
            engine ->
                UnitRows.join(
                    unit,
                    engine.generate(unit, SILENT),
                    List.of(generate(engine, unit)),
                    List.of()));
    assertThat(rows).hasSize(unit.rows()).hasSize(12);
    for (int row = 0; row < 12; row++) {
      assertThat(rows.get(row).id().group().index()).isEqualTo(row / 4);
      assertThat(rows.get(row).id().sample()).isEqualTo(row % 4);
      assertThat(rows.get(row).origin().member()).isEqualTo(row % 4 < 2 ? "policy" : "other");
    }
  }

  @Test
  void aModelThatIsNotLoadedIsNamed() {
    RolloutUnit unit = unit(0, member("v3", OptionalDouble.empty()));
    assertThatThrownBy(
            () ->
                with(
                    engine -> {
                      engine.keepModels(Set.of("initial"));
                      return generate(engine, unit);
                    }))
        .hasMessage("v3: not loaded (expected: the model of member other)");
  }

  private static List<Trajectory> generate(RolloutEngine engine, RolloutUnit unit) {
    return engine.generate(unit, unit.members().get(0), SILENT);
  }

  /** Four samples of each prompt by the other model, which the engine serves as the policy. */
  private static List<Trajectory> otherAsPolicy(RolloutEngine engine) {
    other(
        weights -> {
          engine.load(weights);
          return true;
        });
    return engine.generate(
        new RolloutUnit(
            unit(1, member("v3", OptionalDouble.empty())).id(),
            0,
            prompts(),
            4,
            SAMPLING,
            TokenIds.empty(),
            42,
            new PolicyVersion(3)),
        SILENT);
  }

  private static List<TokenIds> tokens(List<Trajectory> responses) {
    return responses.stream().map(Trajectory::response).toList();
  }

  private static MemberDraws member(String model, OptionalDouble coef) {
    return new MemberDraws("other", Provenance.TEACHER, 2, SAMPLING, model, coef, "");
  }

  private static RolloutUnit unit(int own, MemberDraws member) {
    return unit(prompts(), own, member);
  }

  private static RolloutUnit unit(List<Prompt> prompts, int own, MemberDraws member) {
    return new RolloutUnit(
        new UnitId(Purpose.ROLLOUT, 1, 0, 0),
        0,
        prompts,
        own,
        SAMPLING,
        TokenIds.empty(),
        42,
        new PolicyVersion(0),
        false,
        List.of(member));
  }

  private static List<Prompt> prompts() {
    List<Prompt> prompts = new ArrayList<>();
    for (int p = 0; p < 3; p++) {
      int[] ids = new int[3 + 2 * p];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = 20 + (7 * p + 3 * i) % 250;
      }
      prompts.add(new Prompt("p" + p, "p" + p, TokenIds.of(ids), Optional.empty(), Map.of()));
    }
    return prompts;
  }

  /** An engine with the fixture as its policy and its start, and another model as version 3. */
  private static <T> T with(Function<RolloutEngine, T> work) {
    try (RolloutEngine engine =
            DjlRolloutEngine.open(
                MODEL,
                new RolloutOptions(
                    1, 2, 4, 4, 0, 1, 0, 1, 0, 12, false, RolloutOptions.Precision.FP32, "djl"));
        Checkpoint weights = Checkpoint.open(MODEL)) {
      engine.load(weights);
      engine.loadModel("initial", Optional.empty());
      other(
          snapshot -> {
            engine.loadModel("v3", Optional.empty(), snapshot);
            return true;
          });
      return work.apply(engine);
    }
  }

  private static void other(Function<WeightSnapshot, Boolean> use) {
    NativeThread thread = NativeThread.start("other", 1);
    try {
      thread.call(
          () -> {
            try (CausalLm model = CausalLm.random(ModelConfig.open(MODEL), Heads.VOCABULARY, 7)) {
              return use.apply(model.snapshot("policy", new PolicyVersion(3)));
            }
          });
    } finally {
      thread.close();
    }
  }
}
