package dev.kelpie.config.file;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.kelpie.config.Experiment;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Another framework whose defaults a preset has, with the defaults that no key of an experiment
 * expresses; read from {@code peers.conf} beside {@link Experiment}.
 *
 * @param name framework, version and the part of it whose defaults they are
 */
public record Peer(String name, List<Difference> differences) {
  /**
   * A default that is not expressed.
   *
   * @param key the framework's name of it
   * @param value the default, as the framework writes it
   * @param because why no key expresses it, and what comes nearest
   */
  public record Difference(String key, String value, String because) {
    /** The difference as one line. */
    public String line() {
      return key + " = " + value + ": " + because;
    }
  }

  public Peer {
    differences = List.copyOf(differences);
  }

  /** The framework whose defaults {@code preset} has; empty for a published recipe. */
  public static Optional<Peer> of(String preset) {
    Config presets = read().getConfig("presets");
    if (!presets.hasPath(preset)) {
      return Optional.empty();
    }
    Config peer = presets.getConfig(preset);
    return Optional.of(
        new Peer(
            peer.getString("peer"),
            peer.getConfigList("differs").stream()
                .map(
                    one ->
                        new Difference(
                            one.getString("key"), one.getString("value"), one.getString("because")))
                .toList()));
  }

  private static Config read() {
    try (Reader reader =
        new InputStreamReader(
            Objects.requireNonNull(Experiment.class.getResourceAsStream("peers.conf")),
            StandardCharsets.UTF_8)) {
      return ConfigFactory.parseReader(reader).resolve();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
