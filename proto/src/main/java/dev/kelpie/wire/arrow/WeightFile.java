package dev.kelpie.wire.arrow;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.wire.file.FileTicket;
import dev.kelpie.wire.file.Sha256;
import dev.kelpie.wire.file.WrittenFile;
import java.nio.file.Path;

/**
 * One published version of a model's weights on disk.
 *
 * @param path the Arrow file
 * @param model which model
 * @param version which version of it
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

  /** The ticket under which a message names this file; {@code url} is empty when not served. */
  public FileTicket ticket(String url) {
    return new WrittenFile(path, bytes, sha256).ticket(url);
  }
}
