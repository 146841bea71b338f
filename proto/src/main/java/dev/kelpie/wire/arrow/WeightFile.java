package dev.kelpie.wire.arrow;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.wire.file.FileTicket;
import dev.kelpie.wire.file.Manifest;
import dev.kelpie.wire.file.Sha256;
import dev.kelpie.wire.file.WrittenFile;
import java.nio.file.Path;

/**
 * One published version of a model's weights on disk.
 *
 * @param bytes the file's length
 * @param sha256 the file's SHA-256
 * @param policySha256 hash of the weights themselves, see {@link WeightHash}
 */
public record WeightFile(
    Path path,
    String model,
    PolicyVersion version,
    long bytes,
    String sha256,
    String policySha256) {
  public WeightFile {
    Sha256.requireHex(sha256);
    Sha256.requireHex(policySha256);
  }

  /** Its entry in the manifest of {@code folder}. */
  Manifest.Entry entry(Path folder) {
    Manifest.Entry entry = new Manifest.Entry(folder.relativize(path).toString(), bytes, sha256);
    entry
        .facts()
        .put("model", model)
        .put("version", version.number())
        .put("policy-sha256", policySha256);
    return entry;
  }

  /** The file of an entry in the manifest of {@code folder}. */
  static WeightFile of(Path folder, Manifest.Entry entry) {
    return new WeightFile(
        folder.resolve(entry.path()),
        entry.facts().path("model").asText(),
        new PolicyVersion(entry.facts().path("version").asLong(-1)),
        entry.bytes(),
        entry.sha256(),
        entry.facts().path("policy-sha256").asText());
  }

  /** The ticket under which a message names this file; {@code url} is empty when not served. */
  public FileTicket ticket(String url) {
    return new WrittenFile(path, bytes, sha256).ticket(url);
  }
}
