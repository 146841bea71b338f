package dev.kelpie.cli.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.RewardModels;
import dev.kelpie.cli.Shipped;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.learner.scoring.Classifier;
import dev.kelpie.model.StopTokens;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.tokens.Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A reward model of another vocabulary than the policy's, which is given texts. */
class ForeignScorerTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void textsAreEncodedAnew() throws IOException {
    Path policy = Shipped.configs().resolve("quickstart/policy");
    Path model = RewardModels.write(folder, "rm", 1, 1);
    Path written = model.resolve("tokenizer.json");
    String own = Files.readString(written);
    // The same tokens with other numbers: 1 and 2 are exchanged.
    String exchanged =
        own.replaceFirst("\"1\": ?(\\d+)", "\"one\": $1")
            .replaceFirst("\"2\": ?(\\d+)", "\"1\": $1")
            .replaceFirst("\"one\": ?(\\d+)", "\"2\": $1");
    assertThat(exchanged).isNotEqualTo(own);
    Files.writeString(written, exchanged);
    assertThat(Vocabulary.isSame(policy, model)).isFalse();
    Path file = folder.resolve("x.conf");
    Path base = Shipped.configs().resolve("methods/bare.conf");
    Files.writeString(
        file,
        String.format(
            "include required(\"%s\")%nmodels.rm.path = rm, reward.rm { type = model, model = rm"
                + " }%ndata.path = \"%s\"%neval.path = \"\", dashboard.enabled = false, run.steps ="
                + " 1, algorithm.preset = grpo, learner.minibatches = 1%nrollout { prompts-per-step"
                + " = 4, group-size = 2 }%n",
            folder.toAbsolutePath().relativize(base), Shipped.fewPrompts(folder)));
    Path run = folder.resolve("run");
    CommandLineRun terminal =
        CommandLineRun.of("train", file.toString(), "--run-dir", run.toString());
    assertThat(terminal.code()).as(terminal.out() + terminal.err()).isZero();
    int exchangedTexts = 0;
    try (Tokenizer tokenizer = Tokenizer.open(model);
        Classifier classifier = Classifier.open(Experiment.DEFAULTS, model, OptionalInt.empty())) {
      for (ScoredTrajectory response : new Recorded(run).responses(1)) {
        Trajectory trajectory = response.trajectory();
        TokenIds text =
            trajectory.text().isEmpty()
                ? TokenIds.empty()
                : tokenizer.encode(trajectory.text(), false);
        TokenIds tokens =
            trajectory.finishReason() == FinishReason.STOP
                ? StopTokens.open(model).end(text, false)
                : text;
        TokenIds prompt = tokenizer.encode(trajectory.prompt().text(), true);
        exchangedTexts += prompt.equals(trajectory.prompt().tokens()) ? 0 : 1;
        Prompt both =
            new Prompt(
                "p",
                "",
                prompt,
                Optional.empty(),
                Map.of(),
                List.of(new GivenResponse(Origin.POLICY, "", tokens, FinishReason.STOP)));
        double score = classifier.scores(List.of(both)).get(0)[0];
        assertThat((double) response.reward())
            .isCloseTo(score, within(1e-5 * (1 + Math.abs(score))));
      }
    }
    assertThat(exchangedTexts).isPositive();
  }
}
