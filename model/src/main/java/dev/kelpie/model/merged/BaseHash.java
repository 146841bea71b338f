package dev.kelpie.model.merged;

import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.model.Checkpoint;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/** What tells whether two processes have the same base below an adapter. */
public final class BaseHash {
  private static final int CHUNK_BYTES = 1 << 22;

  private BaseHash() {}

  /**
   * SHA-256 of the weights of the checkpoint in {@code folder} in hexadecimal: of each tensor in
   * the order of their names its name, dtype, shape and bytes.
   *
   * @throws dev.kelpie.model.architecture.CheckpointException in one line
   */
  public static String of(Path folder) {
    MessageDigest digest = sha256();
    try (Checkpoint base = Checkpoint.open(folder)) {
      List<Tensor> tensors =
          base.tensors().stream().sorted(Comparator.comparing(Tensor::name)).toList();
      for (Tensor tensor : tensors) {
        String head = tensor.name() + " " + tensor.dtype() + " " + tensor.shape() + "\n";
        digest.update(head.getBytes(StandardCharsets.UTF_8));
        base.read(tensor, CHUNK_BYTES, chunk -> digest.update(chunk.duplicate()));
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }
}
