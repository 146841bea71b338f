package dev.kelpie.config.file;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import dev.kelpie.config.file.Peer.Difference;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * The presets of other frameworks beside tables of those frameworks' defaults, {@code peers/*.tsv}:
 * the framework's key, its default, and what becomes of it here: the Kelpie keys with their values;
 * {@code AdamW}, the only optimizer; {@code differs}, which {@code config explain} names; {@code
 * off}, an option of something that is off by default; {@code elsewhere}, what has no part in the
 * numbers that are learned, such as logs and memory.
 */
class PeerTest {
  static final List<String> NAMES =
      Presets.NAMES.stream().filter(name -> Peer.of(name).isPresent()).toList();

  private static final Set<String> NOT_OURS = Set.of("AdamW", "off", "elsewhere");

  @TempDir private Path folder = Path.of("");

  private record Row(String key, String value, String here) {}

  @Test
  void fourFrameworksAreNamedWithTheirVersions() {
    assertThat(NAMES)
        .containsExactly(
            "trl-grpo",
            "trl-rloo",
            "trl-dpo",
            "trl-kto",
            "verl-ppo",
            "verl-grpo",
            "openrlhf-ppo",
            "openrlhf-reinforce-plus-plus",
            "prime-rl-default");
    for (String name : NAMES) {
      String version = peer(name).name().replaceFirst("^([A-Za-z-]+ [0-9a-z.]+).*", "$1");
      assertThat(table(name).get(0)).as(name).startsWith("# " + version);
    }
  }

  @ParameterizedTest
  @FieldSource("NAMES")
  void everyDefaultThatAKeyExpressesIsThePresets(String name) throws IOException {
    Config experiment = experiment(name);
    int compared = 0;
    for (Row row : rows(name)) {
      if (row.here.equals("differs") || NOT_OURS.contains(row.here)) {
        continue;
      }
      for (String assignment : row.here.split("; ", -1)) {
        String[] parts = assignment.split(" = ", 2);
        assertThat(experiment.hasPathOrNull(parts[0])).as(row.key + ": " + parts[0]).isTrue();
        assertThat(text(experiment.getValue(parts[0])))
            .as(row.key + ": " + parts[0])
            .isEqualTo(text(ConfigFactory.parseString("v = " + parts[1]).getValue("v")));
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(15);
  }

  /** A key of a preset that no row has would be a guess. */
  @ParameterizedTest
  @FieldSource("NAMES")
  void everyKeyOfThePresetHasARow(String name) {
    List<String> rows =
        rows(name).stream()
            .flatMap(row -> List.of(row.here.split("; ", -1)).stream())
            .map(assignment -> assignment.split(" = ", 2)[0])
            .toList();
    List<String> guessed = new ArrayList<>(Presets.values(name).keySet());
    guessed.removeAll(rows);
    guessed.removeAll(STRUCTURE);
    assertThat(guessed).isEmpty();
  }

  /** What a kind of training is here, not a default of it. */
  private static final Set<String> STRUCTURE =
      Set.of(
          "data.form",
          "rollout.engine",
          "reference.schedule",
          "algorithm.pairing.type",
          "algorithm.response-label.type",
          "algorithm.response-label.at",
          "algorithm.value-loss.type",
          "algorithm.advantage.type",
          "algorithm.advantage.mean-scope",
          "algorithm.loss.type",
          "algorithm.loss.correction",
          "algorithm.aggregation",
          "algorithm.kl.coef",
          "algorithm.kl.estimator",
          "algorithm.kl.place");

  @ParameterizedTest
  @FieldSource("NAMES")
  void everyDefaultThatNoKeyExpressesIsNamed(String name) {
    assertThat(peer(name).differences().stream().map(one -> one.key() + " = " + one.value()))
        .containsExactlyInAnyOrderElementsOf(
            rows(name).stream()
                .filter(row -> row.here.equals("differs"))
                .map(row -> row.key + " = " + row.value)
                .toList());
    assertThat(peer(name).differences()).extracting(Difference::because).doesNotContain("");
  }

  @Test
  void aRecipeIsNoPeers() {
    assertThat(Peer.of("grpo")).isEmpty();
  }

  private static Peer peer(String name) {
    return Peer.of(name).orElseThrow();
  }

  private Config experiment(String name) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("x.conf"),
            "algorithm.preset = " + name + ", data.path = rows.jsonl, policy.path = policy");
    String all = ExperimentFiles.load(file, List.of()).render("");
    return ConfigFactory.parseString(all);
  }

  /** Numbers by their value: 1e-6 and 0.000001 are one. */
  private static String text(ConfigValue value) {
    Object plain = value.unwrapped();
    return plain instanceof Number number
        ? Double.toString(number.doubleValue())
        : ConfigUtil.quoteString(String.valueOf(plain));
  }

  private static List<Row> rows(String name) {
    return table(name).stream()
        .skip(1)
        .map(line -> line.split("\t", -1))
        .map(columns -> new Row(columns[0], columns[1], columns[2]))
        .toList();
  }

  private static List<String> table(String name) {
    try (InputStream table =
        Objects.requireNonNull(
            PeerTest.class.getResourceAsStream("peers/" + name + ".tsv"), name)) {
      return new String(table.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
