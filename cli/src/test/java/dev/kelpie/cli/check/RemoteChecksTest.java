package dev.kelpie.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.remote.Destinations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemoteChecksTest {
  private static final String JUDGE = "reward.q { type = judge, model = j, template-path = t }\n";

  @TempDir private Path folder = Path.of("");

  @Test
  void aJudgeThatIsTheOnlyMeasureOfWhatItTrainsIsAWarning() throws IOException {
    assertThat(RemoteChecks.onlyJudges(experiment(JUDGE + "eval.path = e")))
        .hasValueSatisfying(note -> assertThat(note).startsWith("warning: eval.path: held-out"));
    assertThat(RemoteChecks.onlyJudges(experiment(JUDGE))).isEmpty();
    String rule = "reward.rule { type = length, weight = 0 }\neval.path = e";
    assertThat(RemoteChecks.onlyJudges(experiment(JUDGE + rule))).isEmpty();
    String scorer = "held-out.rule { type = length }\neval.path = e";
    assertThat(RemoteChecks.onlyJudges(experiment(JUDGE + scorer))).isEmpty();
  }

  @Test
  void everyAddressIsListedAndAKeyWithoutEncryptionIsAWarning() throws IOException {
    Experiment experiment =
        experiment(
            """
            eval.path = e
            models.j { url = "http://far.example/v1/", model = m, api-key-env = K }
            models.k { url = "https://far.example/v1", model = m, api-key-env = K }
            reward.r { type = http, url = "http://127.0.0.1:9/score", api-key-env = K }
            held-out.h { type = http, url = "http://[::1]:9/score" }
            """);
    assertThat(Destinations.notes(experiment))
        .containsExactly(
            "models.j: prompts and responses are sent to http://far.example/v1",
            "warning: models.j.url: the key of api-key-env is sent unencrypted (expected: an"
                + " address of https)",
            "models.k: prompts and responses are sent to https://far.example/v1",
            "reward.r: prompts and responses are sent to http://127.0.0.1:9/score, which is this"
                + " machine",
            "held-out.h: prompts and responses are sent to http://[::1]:9/score, which is this"
                + " machine");
    assertThat(Destinations.notes(experiment("reward.rule { type = length }"))).isEmpty();
  }

  private Experiment experiment(String text) throws IOException {
    Path file = folder.resolve("x.conf");
    Files.writeString(file, "data.path = d\npolicy.path = p\n" + text);
    return ExperimentFiles.load(file, List.of()).experiment();
  }
}
