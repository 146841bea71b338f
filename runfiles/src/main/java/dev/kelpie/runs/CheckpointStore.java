package dev.kelpie.runs;

import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.Failure;
import dev.kelpie.files.InputFile;
import dev.kelpie.wire.file.CorruptFileException;
import dev.kelpie.wire.file.Manifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The checkpoints of a run: {@code step-N} folders, each with a {@link Manifest} of its files. A
 * checkpoint is written under a hidden name, hashed, forced to disk and renamed, so a folder called
 * {@code step-N} was once complete, whenever its process was killed.
 */
public record CheckpointStore(Path folder) {
  /** Name of the part of a reference policy that is the only model that moves. */
  public static final String REFERENCE = "reference";

  /** Name of the part of several models that move. */
  public static final String MODELS = "models";

  /**
   * A complete checkpoint.
   *
   * @param policySha256 hash of the policy's weights in it
   * @param weightsSha256 hash of the same weights by their chunks; empty in earlier checkpoints
   */
  public record Saved(long step, Path folder, String policySha256, String weightsSha256) {
    /** The learner's part. */
    public Path learner() {
      return folder.resolve("learner");
    }

    /** The part of the reference policy and the named models, if one moves. */
    public Path reference() {
      Path models = folder.resolve(MODELS);
      return Files.isDirectory(models) ? models : folder.resolve(REFERENCE);
    }

    /** Versions before the policy's, where members of groups sample with them. */
    public Path earlier() {
      return folder.resolve("earlier");
    }

    /** Whether that part holds files. */
    public boolean hasReference() {
      String[] files = reference().toFile().list();
      return files != null && files.length > 0;
    }
  }

  /** Makes the empty folder for one part of the checkpoint after {@code step}. */
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
  public Saved commit(long step, String policySha256, String weightsSha256) {
    Path draft = draft(step);
    Path target = folder.resolve("step-" + step);
    try {
      keepDataHashes(draft);
      writeManifest(draft, step, policySha256, weightsSha256);
      FileTree.delete(target);
      Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
      force(folder);
      return new Saved(step, target, policySha256, weightsSha256);
    } catch (IOException e) {
      throw failed("cannot complete checkpoint " + step, e);
    }
  }

  /** A checkpoint knows the data that its weights were trained with. */
  private void keepDataHashes(Path draft) throws IOException {
    Path hashes = folder.resolveSibling(DataHashes.NAME);
    if (Files.isRegularFile(hashes)) {
      Files.copy(hashes, draft.resolve(DataHashes.NAME), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void writeManifest(
      Path draft, long step, String policySha256, String weightsSha256) throws IOException {
    List<Manifest.Entry> entries = new ArrayList<>();
    for (Path file : filesIn(draft)) {
      force(file);
      entries.add(Manifest.entry(draft, file));
    }
    Manifest manifest = Manifest.of(draft, entries);
    manifest
        .facts()
        .put("step", step)
        .put("policy-sha256", policySha256)
        .put("weights-sha256", weightsSha256);
    manifest.write();
    force(draft.resolve(Manifest.NAME));
  }

  private static List<Path> filesIn(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !file.equals(root.resolve(Manifest.NAME)))
          .sorted()
          .toList();
    }
  }

  /**
   * The newest whole checkpoint, if there is any checkpoint. Newer ones that are damaged are
   * renamed and keep their data, so that they no longer count.
   *
   * @param skipped takes one line for each of these
   * @throws ConfigException when there are checkpoints and none is whole
   */
  public Optional<Saved> latestValid(Consumer<String> skipped) {
    Map<Path, String> damaged = new LinkedHashMap<>();
    Optional<Saved> valid = newestWhole(damaged::put);
    if (valid.isEmpty() && !damaged.isEmpty()) {
      var newest = damaged.entrySet().iterator().next();
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "%s: none of %s checkpoints is whole; %s: %s (expected: files as in its %s)",
              folder,
              damaged.size(),
              newest.getKey().getFileName(),
              newest.getValue(),
              Manifest.NAME));
    }
    damaged.forEach((path, reason) -> skipped.accept(setAside(path, reason)));
    return valid;
  }

  /**
   * The newest checkpoint whose files are all as its manifest says. Changes nothing on disk.
   *
   * @param damaged takes each newer one and what is wrong with it
   */
  public Optional<Saved> newestWhole(BiConsumer<Path, String> damaged) {
    for (Path candidate : newestFirst()) {
      try {
        Manifest manifest = manifestOf(candidate);
        Optional<Manifest.Damage> damage =
            manifest.entries().stream()
                .flatMap(entry -> manifest.check(entry).stream())
                .findFirst();
        if (damage.isEmpty()) {
          return Optional.of(
              new Saved(
                  manifest.facts().path("step").asLong(),
                  candidate,
                  manifest.facts().path("policy-sha256").asText(),
                  manifest.facts().path("weights-sha256").asText("")));
        }
        damaged.accept(candidate, reason(damage.get()));
      } catch (RuntimeException e) {
        String named = "^" + Pattern.quote(candidate.toString()) + "(: |/)";
        damaged.accept(candidate, Failure.line(e).replaceFirst(named, ""));
      }
    }
    return Optional.empty();
  }

  private static String reason(Manifest.Damage damage) {
    Manifest.Entry entry = damage.entry();
    if (!damage.refusal().isEmpty()) {
      return entry.path() + ": " + damage.refusal();
    }
    if (damage.bytes() < 0) {
      return String.format(
          Locale.ROOT, "%s is missing (expected: %s bytes)", entry.path(), entry.bytes());
    }
    return damage.sha256().isEmpty()
        ? String.format(
            Locale.ROOT,
            "%s has %s bytes (expected: %s)",
            entry.path(),
            damage.bytes(),
            entry.bytes())
        : entry.path() + " has another SHA-256 than written";
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
        Locale.ROOT,
        "%s: %s; it is now called %s; going back to the one before",
        damaged,
        reason,
        target.getFileName());
  }

  /**
   * The manifest of one of this run's checkpoints.
   *
   * @throws CorruptFileException when there is none, it is not readable, or a link leads out of the
   *     run folder
   */
  public Manifest manifestOf(Path checkpoint) {
    Path file = checkpoint.resolve(Manifest.NAME);
    try {
      if (Files.exists(file)) {
        InputFile.requireInside(run(folder), file);
      }
    } catch (IOException e) {
      throw new CorruptFileException(file + ": " + RunInput.reason(e), e);
    }
    return manifest(checkpoint);
  }

  /**
   * The manifest of a checkpoint.
   *
   * @throws CorruptFileException when there is none or it is not readable
   */
  public static Manifest manifest(Path checkpoint) {
    return Manifest.in(checkpoint)
        .orElseThrow(
            () ->
                new CorruptFileException(
                    checkpoint + ": no " + Manifest.NAME + " (expected: a complete checkpoint)"));
  }

  /** The folder of the policy in a checkpoint, as transformers loads it. */
  public static Path policy(Path checkpoint) {
    return checkpoint.resolve("learner").resolve("policy");
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

  /**
   * The folders of all checkpoints, whole or damaged, newest first.
   *
   * @throws ConfigException when they are no folder of the run
   */
  public List<Path> newestFirst() {
    return matching(folder, "step-\\d{1,18}")
        .sorted(Comparator.comparingLong(CheckpointStore::stepOf).reversed())
        .toList();
  }

  /** What is in the folder of a run's checkpoints under a name of {@code pattern}. */
  static Stream<Path> matching(Path checkpoints, String pattern) {
    try {
      return FileTree.listInside(run(checkpoints), checkpoints).stream()
          .filter(path -> String.valueOf(path.getFileName()).matches(pattern));
    } catch (IOException e) {
      if (e instanceof FileSystemException refused && refused.getReason() != null) {
        throw new ConfigException(refused.getFile() + ": " + refused.getReason());
      }
      throw failed("cannot list checkpoints", e);
    }
  }

  private static Path run(Path checkpoints) {
    return Objects.requireNonNullElse(checkpoints.toAbsolutePath().getParent(), checkpoints);
  }

  /** The step of the folder of a checkpoint. */
  public static long stepOf(Path checkpoint) {
    return Long.parseLong(String.valueOf(checkpoint.getFileName()).substring("step-".length()));
  }

  /** Flushes a file, or the entries of a folder, to disk. */
  static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static UncheckedIOException failed(String what, IOException cause) {
    return new UncheckedIOException(what + ": " + cause.getMessage(), cause);
  }
}
