package dev.kelpie.cli.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigValue;
import dev.kelpie.cli.terminal.SafeText;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.config.file.ExperimentText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Experiments of strangers: each is refused in a line, or has the values that HOCON gives it. */
class ExperimentFuzzTest {
  private static final String OWN =
      """
      # a comment
      data { path = rows.jsonl, chat = false }
      policy.path = "policy"
      run { steps = 7, seed = 3 }
      rollout { group-size = 8, max-new-tokens = 4, temperature = 0.5 }
      cluster.roles = ["learner", rollout]
      algorithm { preset = ppo, loss { type = ppo-clip, clip-low = 0.1 } }
      learner.learning-rate = 1e-4
      """;
  private static final String WITH_REFERENCES =
      """
      data { path = rows.jsonl }
      policy.path = policy
      run { steps = 4 }
      rollout { group-size = ${run.steps}, prompts-per-step = ${rollout.group-size} }
      run.seed = ${?missing}
      cluster.roles = [learner]
      cluster.roles += rollout
      include required("more.conf")
      """;
  private static final List<String> WORDS =
      List.of(
          "{",
          "}",
          "[",
          "]",
          "${",
          "${?",
          "}",
          "=",
          ":",
          "+=",
          ",",
          "\n",
          "\"",
          "\"\"\"",
          "\\",
          "#",
          "//",
          "include",
          "include \"more.conf\"",
          "include url(\"http://127.0.0.1:9/x\")",
          "include required(classpath(\"reference.conf\"))",
          "include file(\"/etc/hostname\")",
          "include # x\n url(\"http://127.0.0.1:9/y\")",
          "${run}",
          "${a}${a}",
          "a=${a}${a}\n",
          "a.",
          "run.steps",
          "x = ${x}",
          "null",
          "true",
          "1e999999999",
          "10 days",
          "512K",
          "\u0000",
          "\uFEFF",
          "\u202e",
          "\u001b[2J",
          "${PATH}",
          "${?HOME}",
          "unused = 1\n",
          "{a:",
          "[[");

  @Test
  void experimentsAreReadOrRefused(@TempDir Path folder) throws Exception {
    Files.writeString(folder.resolve("more.conf"), "run.name = more\n");
    Path file = folder.resolve("x.conf");
    new Fuzz(List.of(bytes(OWN), bytes(WITH_REFERENCES)), WORDS)
        .run(
            input -> {
              Files.write(file, input);
              compare(file, refusing(() -> ExperimentFiles.load(file, List.of()).experiment()));
            },
            ConfigException.class);
  }

  @Test
  void recordedExperimentsAreReadOrRefused(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("x.conf");
    new Fuzz(List.of(bytes(OWN)), WORDS)
        .run(
            input -> {
              Files.write(file, input);
              Config read = refusing(() -> ExperimentFiles.recorded(file));
              assertThat(read.root().unwrapped()).isEqualTo(plain(input).root().unwrapped());
              compare(
                  file, refusing(() -> ExperimentFiles.loadRecorded(file, List.of()).experiment()));
            },
            ConfigException.class);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private interface Reading<T> {
    T read();
  }

  /** Lets messages be as the command line prints them. */
  private static <T> T refusing(Reading<T> reading) {
    try {
      return reading.read();
    } catch (ConfigException e) {
      throw new ConfigException(SafeText.line(String.valueOf(e.getMessage())));
    }
  }

  /** What the library reads of the text alone; includes of the one file there is give a name. */
  private static Config plain(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    return ConfigFactory.parseString(
            text.startsWith("\uFEFF") ? text.substring(1) : text,
            ConfigParseOptions.defaults().setIncluder(new OneFile()))
        .resolve(ConfigResolveOptions.noSystem());
  }

  private static final class OneFile implements ConfigIncluder {
    @Override
    public ConfigIncluder withFallback(ConfigIncluder fallback) {
      return this;
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String what) {
      return ConfigFactory.parseString("run.name = more").root();
    }
  }

  private static void compare(Path file, Experiment experiment) throws IOException {
    compare("", experiment, plain(Files.readAllBytes(file)));
  }

  private static void compare(String path, Record read, Config expected) {
    for (Map.Entry<String, ?> item : ExperimentText.components(read).entrySet()) {
      String key = path.isEmpty() ? item.getKey() : path + "." + item.getKey();
      Object value = item.getValue();
      if (value instanceof Record inner && !(value instanceof dev.kelpie.config.ConfigBlock)) {
        compare(key, inner, expected);
      } else if (value instanceof Number number && given(expected, key)) {
        assertThat(number.doubleValue()).as(key).isEqualTo(expected.getDouble(key));
      } else if (value instanceof Boolean truth && given(expected, key)) {
        assertThat(truth).as(key).isEqualTo(expected.getBoolean(key));
      }
    }
  }

  private static boolean given(Config expected, String key) {
    if (!expected.hasPath(key)) {
      return false;
    }
    ConfigValue value = expected.getValue(key);
    return !(value.unwrapped() instanceof String text) || text.matches("-?[0-9.eE+-]+|true|false");
  }
}
