package dev.kelpie.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.PairableRun;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.label.ItemKey;
import dev.kelpie.runs.label.Label;
import dev.kelpie.runs.label.LabelItem;
import dev.kelpie.runs.label.LabelItems;
import dev.kelpie.runs.label.LabelsFile;
import dev.kelpie.wire.file.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabelsCommandTest {
  @TempDir private Path folder = Path.of("");
  private Path run = Path.of("");

  /** Anna answers five pairs, bert three of them; the run's rewards prefer the first response. */
  @BeforeEach
  void judge() throws IOException {
    run = PairableRun.write(folder.resolve("run"), 1, 5);
    LabelItems items = new LabelItems(new RunFolder(run));
    List<ItemKey> keys = items.keys(false, 0, Long.MAX_VALUE);
    assertThat(keys).hasSize(5);
    LabelsFile file = new LabelsFile(new RunFolder(run));
    for (int i = 0; i < 5; i++) {
      file.append(answer("anna", items.find(keys.get(i)).orElseThrow(), i == 4 ? "skip" : "first"));
    }
    List<String> berts = List.of("first", "second", "tie");
    for (int i = 0; i < 3; i++) {
      file.append(answer("bert", items.find(keys.get(i)).orElseThrow(), berts.get(i)));
    }
  }

  private static Label answer(String person, LabelItem item, String verdict) {
    String id = person + "-0000-" + item.key().group();
    Instant time = Instant.parse("2026-01-02T03:04:05Z");
    return Label.of(item, id, time, person, verdict, false, "", 2500);
  }

  @Test
  void agreementIsShownAsATable() {
    CommandLineRun shown = CommandLineRun.of("labels", run.toString());
    assertThat(shown.code()).as(shown.err()).isZero();
    // in common 3, the same 1; chance 1 x 1/3, so kappa 0. With the rewards: 4 of 4, 1 of 3, 5 of 7
    assertThat(shown.out())
        .isEqualTo(
            """
            %s: 8 answers, 0 taken back; 5 items have one

            name  answers  ties  skips   left  seconds  reward  label
            anna        4     0      1  1.000      2.5   1.000      -
            bert        3     1      0  0.500      2.5   0.333      -

            one   other  about  in common   same  kappa
            anna  bert   pairs          3  0.333  0.000

            all people and the run's reward: the same in 0.714 of 7, kappa 0.000
            """
                .formatted(run));
  }

  @Test
  void theDecidedPairsAreWrittenAndReadAsDataOfPairs() throws IOException {
    Path file = folder.resolve("preferences.jsonl");
    CommandLineRun shown = CommandLineRun.of("labels", run.toString(), "--export", file.toString());
    assertThat(shown.code()).as(shown.err()).isZero();
    // decided: 0 (both), 2 (first and a tie), 3 (anna alone); 1 is even, 4 is skipped
    assertThat(shown.out())
        .contains(file + ": 3 pairs, sha256 " + Sha256.of(file) + "\n")
        .contains("left out: 1 undecided, 1 skipped pairs; 0 ratings\n");
    assertThat(Files.readAllLines(file)).hasSize(3);
    assertThat(Files.readAllLines(file).get(0))
        .contains("\"prompt\":\"1+0?\"")
        .contains("\"chosen\":\"1+0=1\",\"rejected\":\"=1\"")
        .contains("\"labels\":2,\"agreement\":1.0");
    Path experiment = folder.resolve("pairs.conf");
    Path policy = Path.of("..", "configs", "quickstart", "policy").toAbsolutePath().normalize();
    Files.writeString(
        experiment,
        """
        policy.path = "%s"
        data { path = "preferences.jsonl", form = pairs }
        rollout { engine = dataset, prompts-per-step = 3 }
        algorithm.preset = online-dpo
        run.steps = 1
        """
            .formatted(policy));
    CommandLineRun validated = CommandLineRun.of("validate", experiment.toString());
    assertThat(validated.code()).as(validated.out() + validated.err()).isZero();
    assertThat(validated.out()).contains("3 rows");
  }
}
