package dev.kelpie.wire.arrow;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.wire.file.ChunkList;
import dev.kelpie.wire.file.ChunkedTicket;
import dev.kelpie.wire.file.Manifest;
import dev.kelpie.wire.file.Sha256;
import java.io.IOException;
import java.nio.file.Path;

/**
 * One published version of a model's weights on disk.
 *
 * @param chunks the file's chunks
 * @param weightsSha256 hash of the weights themselves, see {@link ChunkedWeightHash}
 */
public record WeightFile(
    Path path, String model, PolicyVersion version, ChunkList chunks, String weightsSha256) {
  public WeightFile {
    Sha256.requireHex(weightsSha256);
  }

  /** The file's length. */
  public long bytes() {
    return chunks.bytes();
  }

  /** The list of its chunks in a file beside it. */
  Path list() {
    return path.resolveSibling(path.getFileName() + Manifest.CHUNKS_SUFFIX);
  }

  /** Its entry in the manifest of {@code folder}. */
  Manifest.Entry entry(Path folder) {
    Manifest.Entry entry =
        Manifest.Entry.chunked(folder.relativize(path).toString(), bytes(), chunks.sha256());
    entry
        .facts()
        .put("model", model)
        .put("version", version.number())
        .put("weights-sha256", weightsSha256);
    return entry;
  }

  /**
   * The file of an entry in the manifest of {@code folder}.
   *
   * @throws IOException when the list of its chunks cannot be read
   */
  static WeightFile of(Path folder, Manifest.Entry entry) throws IOException {
    return new WeightFile(
        folder.resolve(entry.path()),
        entry.facts().path("model").asText(),
        new PolicyVersion(entry.facts().path("version").asLong(-1)),
        ChunkList.read(folder.resolve(entry.path() + Manifest.CHUNKS_SUFFIX), entry.sha256()),
        entry.facts().path("weights-sha256").asText());
  }

  /** The ticket under which a message names this file, which is not served yet. */
  public ChunkedTicket ticket() {
    return new ChunkedTicket(path.toString(), "", bytes(), chunks.sha256());
  }
}
