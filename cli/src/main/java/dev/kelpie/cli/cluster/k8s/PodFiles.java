package dev.kelpie.cli.cluster.k8s;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.kelpie.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Where the files that an experiment names are in its pods. Those below a volume, or below a folder
 * that is given another place, are there already; the others go into the configuration.
 *
 * @param changes of the experiment, {@code KEY=VALUE}
 * @param entries files of the configuration by their path below {@code folder}
 */
public record PodFiles(List<String> changes, Map<String, Path> entries) {
  /** Bytes of all values of a ConfigMap, which Kubernetes refuses to exceed. */
  public static final int MOST_BYTES = 1 << 20;

  /** Folder of the configuration in a pod. */
  public static final String FOLDER = "/etc/kelpie/run";

  /** Folder of the certificates in a pod. */
  public static final String TLS = "/etc/kelpie/tls";

  private static final String TLS_PATH = "cluster.tls-path";

  public PodFiles {
    changes = List.copyOf(changes);
    entries = Map.copyOf(entries);
  }

  /**
   * Finds a place for everything.
   *
   * @param resolved the whole experiment, with absolute paths
   * @param places folders of this machine that are elsewhere in the pods
   * @param kept folders of the pods that hold files of the experiment
   * @throws ConfigException for a path that is nowhere, and for files that do not fit
   */
  public static PodFiles of(Config resolved, Map<Path, Path> places, List<Path> kept)
      throws IOException {
    List<String> changes = new ArrayList<>();
    Map<String, Path> entries = new TreeMap<>();
    Map<String, Long> sizes = new TreeMap<>();
    for (Map.Entry<String, ConfigValue> entry : new TreeMap<>(paths(resolved)).entrySet()) {
      String key = entry.getKey();
      Path here = Path.of(String.valueOf(entry.getValue().unwrapped()));
      Optional<Path> there = there(here, places, kept);
      if (there.isEmpty()) {
        String name = key.replaceAll("[^A-Za-z0-9._-]", "_");
        Map<String, Path> files = files(key, here, name);
        entries.putAll(files);
        long bytes = 0;
        for (Path file : files.values()) {
          bytes += Files.size(file);
        }
        sizes.put(key, bytes);
        there = Optional.of(Path.of(FOLDER, name, fileName(here)));
      }
      changes.add(key + "=" + ConfigUtil.quoteString(there.get().toString()));
    }
    requireFits(sizes);
    requireNoneInLists(resolved, kept);
    return new PodFiles(changes, entries);
  }

  private static String fileName(Path here) {
    return Files.isDirectory(here) ? "" : String.valueOf(here.getFileName());
  }

  /** The values that name files, by key; the certificates are the pods' own. */
  private static Map<String, ConfigValue> paths(Config resolved) {
    Map<String, ConfigValue> paths = new TreeMap<>();
    for (Map.Entry<String, ConfigValue> entry : resolved.entrySet()) {
      String key = entry.getKey();
      boolean path = key.endsWith(".path") || key.endsWith("-path");
      boolean text = entry.getValue().valueType() == ConfigValueType.STRING;
      if (path && text && !key.equals(TLS_PATH) && !"".equals(entry.getValue().unwrapped())) {
        paths.put(key, entry.getValue());
      }
    }
    return paths;
  }

  /** A value within a list has no key by which it could be changed. */
  private static void requireNoneInLists(Config resolved, List<Path> kept) {
    for (Map.Entry<String, ConfigValue> entry : resolved.entrySet()) {
      if (entry.getValue() instanceof ConfigList list) {
        for (ConfigValue element : list) {
          if (element instanceof ConfigObject block) {
            requireKept(entry.getKey(), block.toConfig(), kept);
          }
        }
      }
    }
  }

  private static void requireKept(String list, Config block, List<Path> kept) {
    block.entrySet().stream()
        .filter(entry -> entry.getKey().matches("(.*[.-])?path"))
        .map(entry -> Path.of(String.valueOf(entry.getValue().unwrapped())))
        .filter(path -> !path.toString().isEmpty() && kept.stream().noneMatch(path::startsWith))
        .findFirst()
        .ifPresent(
            path -> {
              throw new ConfigException(
                  list
                      + ": "
                      + path
                      + " (expected: in a list only paths below that of a --volume, or below PATH"
                      + " of --at)");
            });
    requireNoneInLists(block, kept);
  }

  private static Optional<Path> there(Path here, Map<Path, Path> places, List<Path> kept) {
    if (kept.stream().anyMatch(here::startsWith)) {
      return Optional.of(here);
    }
    return places.entrySet().stream()
        .filter(place -> here.startsWith(place.getKey()))
        .max(Comparator.comparingInt(place -> place.getKey().getNameCount()))
        .map(place -> place.getValue().resolve(place.getKey().relativize(here)));
  }

  private static Map<String, Path> files(String key, Path here, String name) throws IOException {
    Map<String, Path> files = new TreeMap<>();
    if (Files.isRegularFile(here)) {
      files.put(name + "/" + here.getFileName(), here);
      return files;
    } else if (!Files.isDirectory(here)) {
      throw new ConfigException(
          key
              + ": "
              + here
              + " (expected: a file or folder here, or one below the path of a --volume)");
    }
    try (Stream<Path> all = Files.list(here)) {
      for (Path file : all.sorted().toList()) {
        if (Files.isDirectory(file)) {
          throw new ConfigException(
              key
                  + ": "
                  + here
                  + " has folders in it (expected: files alone, or --at "
                  + here
                  + "=PATH for what the image or a volume has)");
        }
        files.put(name + "/" + file.getFileName(), file);
      }
    }
    return files;
  }

  private static void requireFits(Map<String, Long> sizes) {
    long sum = sizes.values().stream().mapToLong(Long::longValue).sum();
    if (sum > MOST_BYTES) {
      Map.Entry<String, Long> largest =
          sizes.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow();
      throw new ConfigException(
          largest.getKey()
              + ": "
              + largest.getValue()
              + " bytes of "
              + sum
              + " that the experiment's files have (expected: at most "
              + MOST_BYTES
              + ", which a ConfigMap holds; --at FOLDER=PATH for what the image or a volume has)");
    }
  }
}
