package dev.kelpie.config.remote;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The servers that an experiment sends text or numbers to; nothing else of a run leaves its
 * processes.
 */
public final class Destinations {
  private Destinations() {}

  /**
   * A server.
   *
   * @param key the block that names it, such as {@code models.judge}
   * @param keyed whether a key is sent along
   */
  public record Destination(String key, URI address, boolean keyed) {
    /** Whether a key goes over a network unencrypted. */
    boolean exposesKey() {
      return keyed
          && !ServerAddress.staysHere(address)
          && !"https".equalsIgnoreCase(address.getScheme());
    }
  }

  /** All of them, in order of their keys. */
  public static List<Destination> of(Experiment experiment) {
    List<Destination> all = new ArrayList<>();
    add(all, "models.", experiment.models());
    add(all, "reward.", experiment.reward());
    add(all, "held-out.", experiment.heldOut());
    return all;
  }

  private static void add(List<Destination> all, String above, Map<String, ConfigBlock> blocks) {
    new TreeMap<>(blocks)
        .forEach(
            (name, block) -> {
              Object url = block.values().get("url");
              if (url instanceof String text) {
                boolean keyed = !block.values().getOrDefault("api-key-env", "").equals("");
                all.add(new Destination(above + name, ServerAddress.of("url", text), keyed));
              }
            });
  }

  /**
   * The server that is sent metrics and settings, if there is one.
   *
   * @throws IllegalArgumentException for an address that is none, the key first
   */
  public static Optional<URI> tracker(Experiment experiment) {
    String url = experiment.tracking().mlflowUrl();
    return url.isEmpty()
        ? Optional.empty()
        : Optional.of(ServerAddress.withoutKey("tracking.mlflow-url", url));
  }

  /** A line for people for each server; a warning where a key goes unencrypted. */
  public static List<String> notes(Experiment experiment) {
    List<String> notes = new ArrayList<>();
    tracker(experiment)
        .ifPresent(
            address -> notes.add("tracking: metrics and settings are sent to " + shown(address)));
    for (Destination destination : of(experiment)) {
      notes.add(
          destination.key()
              + ": prompts and responses are sent to "
              + shown(destination.address()));
      if (destination.exposesKey()) {
        notes.add(
            "warning: "
                + destination.key()
                + ".url: the key of api-key-env is sent unencrypted (expected: an address of"
                + " https)");
      }
    }
    return notes;
  }

  private static String shown(URI address) {
    return address + (ServerAddress.staysHere(address) ? ", which is this machine" : "");
  }
}
