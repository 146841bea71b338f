package dev.kelpie.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.KlOptions;
import dev.kelpie.config.PolicyOptions;
import dev.kelpie.config.SftOptions;
import dev.kelpie.config.ValueOptions;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SftTest {
  private static final Path POLICY = Path.of("../configs/quickstart/policy");

  /** Eight sums of two digits, over and over. */
  private static PromptSource sums() {
    List<Prompt> prompts = new ArrayList<>();
    try (Tokenizer tokenizer = Tokenizer.open(POLICY)) {
      for (int i = 1; i <= 8; i++) {
        String text = i + "+" + (9 - i) + "?";
        Map<String, String> columns = Map.of("response", i + "+" + (9 - i) + "=9");
        prompts.add(
            new Prompt("p" + i, text, tokenizer.encode(text, true), Optional.empty(), columns));
      }
    }
    return new PromptSource() {
      @Override
      public long size() {
        return prompts.size();
      }

      @Override
      public Prompt at(long position) {
        return prompts.get((int) (position % prompts.size()));
      }
    };
  }

  private static Experiment experiment(String column) {
    Experiment d =
        Steps.experiment(
            POLICY,
            Steps.grpo(KlOptions.DEFAULTS, 0),
            Steps.value(ValueOptions.Kind.NONE),
            Steps.learner(1, 1, 64));
    return Experiments.with(
        d,
        new PolicyOptions(
            POLICY.toString(), PolicyOptions.Init.RANDOM, PolicyOptions.Lora.DEFAULTS),
        new SftOptions(30, 8, column));
  }

  @Test
  void learnsItsDemonstrationsAndWritesACheckpoint(@TempDir Path folder) throws Exception {
    List<Double> losses = new ArrayList<>();
    Path out = folder.resolve("policy");
    Sft.run(
        experiment("response"),
        sums(),
        out,
        (step, steps, loss, gradNorm, rate) -> losses.add(loss));
    assertThat(losses).hasSize(30);
    // fresh weights know nothing: ln 19 = 2.94 nats per token
    assertThat(losses.get(0)).isBetween(2.5, 3.5);
    assertThat(losses.get(29)).isLessThan(0.8);
    assertThat(Files.exists(out.resolve("tokenizer.json"))).isTrue();
    try (Checkpoint checkpoint = Checkpoint.open(out)) {
      assertThat(checkpoint.tensors()).isNotEmpty();
    }
  }

  @Test
  void repeatsBitForBit(@TempDir Path folder) throws Exception {
    for (String name : List.of("a", "b")) {
      Sft.run(
          experiment("response"),
          sums(),
          folder.resolve(name),
          (step, steps, loss, gradNorm, rate) -> {});
    }
    assertThat(folder.resolve("a/model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("b/model.safetensors"));
  }

  /** The template's end of a turn is learned once, and nothing behind it. */
  @Test
  void endsAResponseWithTheEndThatTheTemplateWrote() {
    StopTokens stops = new StopTokens(TokenIds.of(7, 2));
    // 5 6 <|im_end|> \n: the line break never follows, because generation has ended
    assertThat(stops.end(TokenIds.of(5, 6, 2, 9), true)).isEqualTo(TokenIds.of(5, 6, 2));
    assertThat(stops.end(TokenIds.of(5, 7, 6, 7), true)).isEqualTo(TokenIds.of(5, 7, 6, 7));
    // a template that writes no end token
    assertThat(stops.end(TokenIds.of(5, 6), true)).isEqualTo(TokenIds.of(5, 6, 7));
    // no template: a token in the text does not end it
    assertThat(stops.end(TokenIds.of(5, 7, 6), false)).isEqualTo(TokenIds.of(5, 7, 6, 7));
    assertThat(stops.end(TokenIds.empty(), true)).isEqualTo(TokenIds.of(7));
  }

  @Test
  void namesTheRowWithoutAResponse(@TempDir Path folder) {
    assertThatThrownBy(() -> Sft.run(experiment("answer"), sums(), folder, (a, b, c, d, e) -> {}))
        .isInstanceOf(ConfigException.class)
        .hasMessage("sft.response: answer (expected: a column that row p1 has)");
  }
}
