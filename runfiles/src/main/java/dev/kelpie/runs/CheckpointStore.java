package dev.kelpie.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.Failure;
import dev.kelpie.wire.file.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What survives a kill: checkpoints in {@code step-N} folders, each with a {@code MANIFEST.json} of
 * its files' lengths and SHA-256. A checkpoint is written under a hidden name, hashed, forced to
 * disk and renamed, so a folder called {@code step-N} was once complete.
 */
public final class CheckpointStore {
  private static final String MANIFEST = "MANIFEST.json";
  private static final int FORMAT = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;

  /**
   * A complete checkpoint.
   *
   * @param policySha256 hash of the policy's weights in it
   */
  public record Saved(long step, Path folder, String policySha256) {
    /** The learner's part. */
    public Path learner() {
      return folder.resolve("learner");
    }

    /** The reference policy's part, if it moves. */
    public Path reference() {
      return folder.resolve("reference");
    }

    /** Whether there is something in it. */
    public boolean hasReference() {
      String[] files = reference().toFile().list();
      return files != null && files.length > 0;
    }
  }

  public CheckpointStore(Path checkpoints) {
    this.folder = checkpoints;
  }

  /** The empty folder in which one part of the checkpoint after {@code step} is to be saved. */
  public Path begin(long step, String part) {
    Path target = draft(step).resolve(part);
    try {
      FileTree.delete(target);
      return Files.createDirectories(target);
    } catch (IOException e) {
      throw failed("cannot start checkpoint " + step, e);
    }
  }

  private Path draft(long step) {
    return folder.resolve(".step-" + step);
  }

  /** Makes the parts saved since {@link #begin} a checkpoint; replaces one of the same step. */
  public Saved commit(long step, String policySha256) {
    Path draft = draft(step);
    Path target = folder.resolve("step-" + step);
    try {
      writeManifest(draft, step, policySha256);
      FileTree.delete(target);
      Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
      force(folder);
      return new Saved(step, target, policySha256);
    } catch (IOException e) {
      throw failed("cannot complete checkpoint " + step, e);
    }
  }

  private static void writeManifest(Path draft, long step, String policySha256) throws IOException {
    ObjectNode manifest =
        JSON.createObjectNode()
            .put("format", FORMAT)
            .put("step", step)
            .put("policy-sha256", policySha256);
    ArrayNode files = manifest.putArray("files");
    for (Path file : filesIn(draft)) {
      force(file);
      files
          .addObject()
          .put("path", draft.relativize(file).toString())
          .put("bytes", Files.size(file))
          .put("sha256", Sha256.of(file));
    }
    Path path = draft.resolve(MANIFEST);
    Files.write(path, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(manifest));
    force(path);
  }

  private static List<Path> filesIn(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !file.equals(root.resolve(MANIFEST)))
          .sorted()
          .toList();
    }
  }

  /**
   * The newest checkpoint whose files are all as its manifest says, if there is any checkpoint.
   * Newer ones that are not keep their data under another name, so that they no longer count.
   *
   * @param skipped told in one line of each of these
   * @throws ConfigException when there are checkpoints and none is whole
   */
  public Optional<Saved> latestValid(Consumer<String> skipped) {
    Map<Path, String> damaged = new LinkedHashMap<>();
    for (Path candidate : newestFirst()) {
      try {
        Saved valid = verified(candidate);
        damaged.forEach((path, reason) -> skipped.accept(setAside(path, reason)));
        return Optional.of(valid);
      } catch (IOException | RuntimeException e) {
        damaged.put(candidate, Failure.line(e));
      }
    }
    if (!damaged.isEmpty()) {
      var newest = damaged.entrySet().iterator().next();
      throw new ConfigException(
          String.format(
              "%s: none of %s checkpoints is whole; %s: %s (expected: files as in its %s)",
              folder, damaged.size(), newest.getKey().getFileName(), newest.getValue(), MANIFEST));
    }
    return Optional.empty();
  }

  private String setAside(Path damaged, String reason) {
    String name = "damaged-" + damaged.getFileName();
    Path target = folder.resolve(name);
    for (int i = 2; Files.exists(target); i++) {
      target = folder.resolve(name + "-" + i);
    }
    try {
      Files.move(damaged, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw failed("cannot rename a damaged checkpoint", e);
    }
    return String.format(
        "%s: %s; it is now called %s; going back to the one before",
        damaged, reason, target.getFileName());
  }

  private static Saved verified(Path candidate) throws IOException {
    JsonNode manifest = JSON.readTree(Files.readAllBytes(candidate.resolve(MANIFEST)));
    if (manifest.path("format").asInt() != FORMAT) {
      throw new IOException("format " + manifest.path("format") + " (expected: " + FORMAT + ")");
    }
    for (JsonNode entry : manifest.path("files")) {
      Path file = candidate.resolve(entry.path("path").asText());
      long bytes = Files.isRegularFile(file) ? Files.size(file) : -1;
      if (bytes != entry.path("bytes").asLong()) {
        throw new IOException(
            String.format(
                "%s has %s bytes (expected: %s)",
                candidate.relativize(file), bytes, entry.path("bytes").asLong()));
      }
      if (!Sha256.of(file).equals(entry.path("sha256").asText())) {
        throw new IOException(candidate.relativize(file) + " has another SHA-256 than written");
      }
    }
    return new Saved(
        manifest.path("step").asLong(), candidate, manifest.path("policy-sha256").asText());
  }

  /** Deletes all but the newest {@code keep} checkpoints; the step of the oldest that is left. */
  public long prune(int keep) {
    List<Path> all = newestFirst();
    try {
      for (Path old : all.subList(Math.min(keep, all.size()), all.size())) {
        FileTree.delete(old);
      }
    } catch (IOException e) {
      throw failed("cannot delete an old checkpoint", e);
    }
    return all.isEmpty() ? 0 : stepOf(all.get(Math.min(keep, all.size()) - 1));
  }

  private List<Path> newestFirst() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(folder)) {
      return folders
          .filter(path -> String.valueOf(path.getFileName()).matches("step-\\d+"))
          .sorted(Comparator.comparingLong(CheckpointStore::stepOf).reversed())
          .toList();
    } catch (IOException e) {
      throw failed("cannot list checkpoints", e);
    }
  }

  private static long stepOf(Path path) {
    return Long.parseLong(String.valueOf(path.getFileName()).substring("step-".length()));
  }

  private static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static UncheckedIOException failed(String what, IOException cause) {
    return new UncheckedIOException(what + ": " + cause.getMessage(), cause);
  }
}
