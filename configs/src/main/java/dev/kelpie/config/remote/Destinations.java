package dev.kelpie.config.remote;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.Experiment;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The servers that an experiment sends text to; nothing else of a run leaves its processes. */
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

  /** A line for people for each server; a warning where a key goes unencrypted. */
  public static List<String> notes(Experiment experiment) {
    List<String> notes = new ArrayList<>();
    for (Destination destination : of(experiment)) {
      notes.add(
          destination.key()
              + ": prompts and responses are sent to "
              + destination.address()
              + (ServerAddress.staysHere(destination.address()) ? ", which is this machine" : ""));
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
}
