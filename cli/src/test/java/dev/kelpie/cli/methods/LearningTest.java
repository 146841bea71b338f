package dev.kelpie.cli.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.Shipped;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Methods that must learn, not only step: their files as they are, half a minute a seed. */
@Tag("learning")
class LearningTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void twoUsersOfOppositeTasteAreToldApartByTheirShots(int seed, @TempDir Path folder) {
    Recorded run = train("fspo", seed, folder);
    Weights weights = new Weights(run.folder().resolve("checkpoints/step-40/learner/policy"));
    int right = 0;
    int blind = 0;
    int cases = 0;
    for (String user : List.of("1", "2")) {
      String other = user.equals("1") ? "2" : "1";
      for (int shot = 1; shot <= 8; shot++) {
        String prompt = "0?"; // in no row of the data
        String shots = shot + "?" + user + "," + (shot + 1) + "?" + user + ",";
        right += prefers(weights, shots + prompt, user, other) ? 1 : 0;
        blind += prefers(weights, prompt, user, other) ? 1 : 0;
        cases++;
      }
    }
    assertThat(right).as("right with shots, of %s", cases).isGreaterThan(cases * 9 / 10);
    assertThat(blind).as("right without shots").isEqualTo(cases / 2);
  }

  private static boolean prefers(Weights weights, String prompt, String one, String other) {
    return logprob(weights, prompt, one) > logprob(weights, prompt, other);
  }

  private static double logprob(Weights weights, String prompt, String text) {
    return Numbers.sum(weights.logprobs(Weights.encoded(prompt), Weights.text(text)));
  }

  private static Recorded train(String id, int seed, Path folder) {
    Path run = folder.resolve("run");
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "train",
                Shipped.configs().resolve("methods/" + id + ".conf").toString(),
                "--run-dir",
                run.toString()));
    for (String setting : List.of("run.seed=" + seed, "dashboard.enabled=false")) {
      arguments.add("-D");
      arguments.add(setting);
    }
    CommandLineRun terminal = CommandLineRun.of(arguments.toArray(String[]::new));
    assertThat(terminal.code()).as(terminal.out() + terminal.err()).isZero();
    return new Recorded(run);
  }
}
