package dev.kelpie.wire.arrow;

import dev.kelpie.experience.Invariant;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.wire.file.AtomicFile;
import dev.kelpie.wire.file.CorruptFileException;
import dev.kelpie.wire.file.DiskSpace;
import dev.kelpie.wire.file.Manifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The published weight versions of one model in a folder: {@code MODEL-vN.arrow}, beside each the
 * list of its chunks, and {@code MANIFEST.json}, which lists them with their hashes. Keeps the
 * newest few, and one that is pinned. Safe for several threads.
 */
public final class WeightStore {
  private static final Logger LOG = LoggerFactory.getLogger(WeightStore.class);

  private final Path folder;
  private final int keep;
  private final TreeMap<PolicyVersion, WeightFile> files = new TreeMap<>();

  private @Nullable PolicyVersion pinned;

  private WeightStore(Path folder, int keep) {
    this.folder = folder;
    this.keep = keep;
  }

  /**
   * The store in {@code folder}, which is made if it does not exist; versions that its manifest
   * lists and that are there in full length are taken over. One process owns a folder: what a
   * writer that died left half-written is deleted.
   *
   * @param keep number of newest versions to keep, at least 1
   */
  public static WeightStore open(Path folder, int keep) {
    Invariant.that(keep >= 1, "weights.keep: %s (expected: >= 1)", keep);
    WeightStore store = new WeightStore(folder.toAbsolutePath().normalize(), keep);
    AtomicFile.deleteLeftovers(store.folder);
    Manifest.in(store.folder).ifPresent(store::takeOver);
    return store;
  }

  /** Takes over the listed versions that exist in full length. */
  private void takeOver(Manifest manifest) {
    try {
      for (Manifest.Entry entry : manifest.entries()) {
        // Files of the earlier format are served to nobody: their weights are published again.
        if (entry.chunked() && manifest.length(entry) == entry.bytes()) {
          WeightFile file = WeightFile.of(folder, entry);
          files.put(file.version(), file);
        }
      }
    } catch (IllegalArgumentException | IOException e) {
      throw new CorruptFileException(
          folder.resolve(Manifest.NAME) + ": not a manifest of weights: " + e.getMessage(), e);
    }
  }

  /**
   * Writes a version, lists it and deletes those that are too old. Replaces the same version.
   *
   * @throws UncheckedIOException when the disk has no room for it, before anything is written
   */
  public WeightFile write(WeightSnapshot weights) {
    long bytes = weights.tensors().stream().mapToLong(WeightSnapshot.Tensor::bytes).sum();
    DiskSpace.require(folder, bytes, "weights " + weights.version());
    String name = weights.model() + "-" + weights.version() + ".arrow";
    WeightFile file = WeightsArrow.write(folder.resolve(name), weights);
    try {
      file.chunks().write(file.list());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file.list() + ": " + e.getMessage(), e);
    }
    synchronized (this) {
      files.put(file.version(), file);
      deleteOld();
    }
    return file;
  }

  /** Keeps a version until another is pinned, however many are newer. */
  public synchronized void pin(PolicyVersion version) {
    pinned = version;
  }

  /** All versions on disk, oldest first. */
  public synchronized List<WeightFile> files() {
    return List.copyOf(files.values());
  }

  private void writeManifest() {
    try {
      Manifest.of(folder, files.values().stream().map(file -> file.entry(folder)).toList()).write();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot write " + folder.resolve(Manifest.NAME) + ": " + e.getMessage(), e);
    }
  }

  private void deleteOld() {
    List<WeightFile> old =
        files.values().stream()
            .limit(Math.max(0, files.size() - keep))
            .filter(file -> !file.version().equals(pinned))
            .toList();
    old.forEach(file -> files.remove(file.version()));
    writeManifest();
    for (WeightFile file : old) {
      try {
        Files.deleteIfExists(file.path());
        Files.deleteIfExists(file.list());
      } catch (IOException e) {
        LOG.warn("cannot delete {}: {}", file.path(), e.getMessage());
      }
    }
  }
}
