package dev.kelpie.wire.arrow;

import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.wire.file.Sha256;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.List;

/**
 * {@code policy-sha256}: the hash of the weights that a run keeps, those of its checkpoints and of
 * its end, independent of the file that holds them. SHA-256 over the tensors in order of their
 * names (by UTF-16 unit) of the UTF-8 text {@code NAME LF DTYPE LF D0,D1,... LF} and then the
 * tensor's bytes, little-endian and row-major.
 */
public final class WeightHash {
  private static final int CHUNK_BYTES = 1 << 22;

  private final MessageDigest digest = Sha256.digest();

  private WeightHash() {}

  /** The hash of {@code weights} in hexadecimal. */
  public static String of(WeightSnapshot weights) {
    WeightHash hash = new WeightHash();
    for (Tensor tensor : inOrder(weights.tensors())) {
      hash.begin(tensor);
      weights.read(tensor, CHUNK_BYTES, hash::update);
    }
    return Sha256.hex(hash.digest);
  }

  static List<Tensor> inOrder(List<Tensor> tensors) {
    return tensors.stream().sorted(Comparator.comparing(Tensor::name)).toList();
  }

  private void begin(Tensor tensor) {
    String head = TensorHash.head(tensor.name(), tensor.dtype(), tensor.shape());
    digest.update(TensorHash.utf8(head));
  }

  private void update(ByteBuffer chunk) {
    digest.update(chunk.duplicate());
  }
}
