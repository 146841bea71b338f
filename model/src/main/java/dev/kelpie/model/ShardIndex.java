package dev.kelpie.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.JsonFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The files that hold the weights of a checkpoint folder, and the index that assigns tensors to
 * them, if there is one.
 */
record ShardIndex(Path folder, List<Path> files, SortedMap<String, Path> fileOf) {
  static final String SINGLE = "model.safetensors";
  static final String INDEX = "model.safetensors.index.json";
  private static final Set<String> PICKLES = Set.of(".bin", ".pt", ".pth", ".ckpt", ".pkl");

  /** Looks for a single file first, as transformers does, then for an index. */
  static ShardIndex of(Path folder) {
    if (Files.exists(folder.resolve(SINGLE))) {
      return new ShardIndex(folder, List.of(folder.resolve(SINGLE)), new TreeMap<>());
    }
    Path index = folder.resolve(INDEX);
    if (!Files.exists(index)) {
      throw new CheckpointException(
          folder + ": no " + SINGLE + " or " + INDEX + " (expected: weights)" + pickles(folder));
    }
    SortedMap<String, Path> fileOf = parse(folder, index);
    for (Map.Entry<String, Path> entry : fileOf.entrySet()) {
      if (!Files.exists(entry.getValue())) {
        throw CheckpointException.of(
            "%s: missing (expected: it holds %s by %s)", entry.getValue(), entry.getKey(), INDEX);
      }
    }
    return new ShardIndex(folder, fileOf.values().stream().distinct().sorted().toList(), fileOf);
  }

  /** Throws unless the index, if there is one, says that {@code name} is in {@code shard}. */
  void require(String name, Path shard) {
    if (!fileOf.isEmpty() && !shard.equals(fileOf.get(name))) {
      Path said = fileOf.get(name);
      throw CheckpointException.of(
          "%s: %s: %s by %s",
          shard, name, said == null ? "not listed" : "expected in " + said.getFileName(), INDEX);
    }
  }

  /** Throws unless every tensor of the index was found. */
  void requireAll(Collection<String> found) {
    for (Map.Entry<String, Path> entry : fileOf.entrySet()) {
      if (!found.contains(entry.getKey())) {
        throw CheckpointException.of(
            "%s: %s: missing (expected here by %s)", entry.getValue(), entry.getKey(), INDEX);
      }
    }
  }

  private static String shown(String text) {
    return text.length() > 200 ? text.substring(0, 200) + "..." : text;
  }

  private static SortedMap<String, Path> parse(Path folder, Path index) {
    SortedMap<String, Path> fileOf = new TreeMap<>();
    JsonNode map = JsonFile.read(index, JsonFile.SETTINGS_BYTES).path("weight_map");
    for (Map.Entry<String, JsonNode> field : map.properties()) {
      String file = field.getValue().asText();
      if (!file.matches("[^/\\\\\\p{Cntrl}]{1,200}\\.safetensors")) {
        throw CheckpointException.of(
            "%s: %s: %s (expected: the name of a .safetensors file beside it)",
            index, shown(field.getKey()), shown(field.getValue().toString()));
      }
      fileOf.put(field.getKey(), folder.resolve(file));
    }
    if (fileOf.isEmpty()) {
      throw new CheckpointException(index + ": no weight_map (expected: tensor to file)");
    }
    return fileOf;
  }

  /** Names pickled weights: they run code when they are read, so they are never opened. */
  private static String pickles(Path folder) {
    try (Stream<Path> names = Files.list(folder)) {
      String pickles =
          names
              .map(path -> path.getFileName().toString())
              .filter(name -> PICKLES.stream().anyMatch(name::endsWith))
              .sorted()
              .collect(Collectors.joining(", "));
      return pickles.isEmpty()
          ? ""
          : "; found "
              + pickles
              + ", which is pickled code: convert it to safetensors, by python3 -c \"from"
              + " transformers import AutoModelForCausalLM as M;"
              + " M.from_pretrained('"
              + folder
              + "').save_pretrained('"
              + folder
              + "')\"";
    } catch (IOException e) {
      return "";
    }
  }
}
